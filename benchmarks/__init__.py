"""What Burn's loop costs, compared with what Python teams would otherwise use and with the floor."""
