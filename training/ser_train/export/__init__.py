"""From fitted weights to one ONNX file with its contract inside."""
