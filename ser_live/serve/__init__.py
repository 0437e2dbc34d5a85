"""The server: sound comes in over WebSocket, the records of its session go back."""
