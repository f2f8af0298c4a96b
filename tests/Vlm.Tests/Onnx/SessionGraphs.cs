using System.Text;

namespace Vlm.Tests.Onnx;

/// <summary>Small graphs, written byte by byte: nothing of the project's own writer is in them.</summary>
internal static class SessionGraphs
{
    public const int Floats = 1, Integers = 7, BrainFloats = 16;

    /// <summary>A graph in a file. Axes are numbers, or names of free axes.</summary>
    public static string Write(string path, byte[][] nodes, byte[][] inputs, byte[][] outputs)
    {
        byte[] graph =
        [
            .. nodes.SelectMany(node => Field(1, node)), .. Field(2, "graph"),
            .. inputs.SelectMany(input => Field(11, input)), .. outputs.SelectMany(output => Field(12, output)),
        ];
        File.WriteAllBytes(path, [.. Field(1, 8), .. Field(7, graph), .. Field(8, Field(2, 17))]);
        return path;
    }

    public static byte[] Value(string name, int element, params object[] axes)
    {
        byte[] shape = [.. axes.SelectMany(axis => Field(1, axis is int size ? Field(1, size) : Field(2, (string)axis)))];
        return [.. Field(1, name), .. Field(2, Field(1, [.. Field(1, element), .. Field(2, shape)]))];
    }

    public static byte[] Node(string name, string kind, string[] inputs, string output) =>
        [.. inputs.SelectMany(input => Field(1, input)), .. Field(2, output), .. Field(3, name), .. Field(4, kind)];

    /// <summary>Concat of two along an axis.</summary>
    public static byte[] Concat(string name, string[] inputs, string output, int axis) =>
        [.. Node(name, "Concat", inputs, output), .. Field(5, [.. Field(1, "axis"), .. Field(3, axis), .. Field(20, 2)])];

    private static byte[] Field(int number, int value) => [.. Varint(number << 3), .. Varint(value)];

    private static byte[] Field(int number, string text) => Field(number, Encoding.UTF8.GetBytes(text));

    private static byte[] Field(int number, byte[] bytes) =>
        [.. Varint((number << 3) | 2), .. Varint(bytes.Length), .. bytes];

    private static IEnumerable<byte> Varint(int value)
    {
        for (; value >= 128; value >>= 7)
            yield return (byte)(value | 128);
        yield return (byte)value;
    }
}
