"""What the pages draw, folder by folder; shared/ serves all of them."""
