"""What puts documents and interactions on the event log."""
