namespace Vlm.Onnx.Graph;

/// <summary>A graph that makes no sense: shapes or types that an operator cannot take.</summary>
/// <param name="op">The operator, such as <c>MatMul</c>.</param>
/// <param name="node">The node's name, which starts with its scope.</param>
/// <param name="problem">What is wrong, with the shapes.</param>
public sealed class OnnxGraphException(string op, string node, string problem) : Exception($"{op} '{node}': {problem}");
