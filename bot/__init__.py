"""Start-up and plumbing: settings, command line, receiver, unit of work, courier, clock."""
