"""What Burn's loop costs, beside what a Python team would otherwise pick, and beside the floor."""
