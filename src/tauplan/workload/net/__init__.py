"""Networks other than language models: layers, a zoo by description, ONNX files."""
