"""What AWS does, as pure functions over model and records: no input, no output. Imports model and kernel only."""
