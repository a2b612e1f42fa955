"""What a campaign is: its package, its processes, its dates. Nothing runs here."""
