"""What stands between the network and the screen: headers, closed doors, odd messages."""
