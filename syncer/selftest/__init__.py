"""The self-test of a wire profile: everything that it can do, done to scratch objects of a server, and taken away."""
