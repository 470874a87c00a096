"""What is in examples/ci, run: workflows as GitHub and GitLab would, against the emulator."""
