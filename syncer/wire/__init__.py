"""AppWebsocket without I/O: messages, login, cipher, pieces of values, the session, wire profiles."""
