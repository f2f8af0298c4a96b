using TorchSharp;

namespace Vlm.Grpo;

/// <summary>Refuses tensors whose shapes would broadcast into a wrong number.</summary>
internal static class Shapes
{
    /// <summary>
    /// Throws, with every shape in the message, unless all tensors that are given have the first one's shape.
    /// </summary>
    public static void Same(params ReadOnlySpan<(string Name, torch.Tensor? Value)> tensors)
    {
        var given = new List<string>();
        long[] first = tensors[0].Value!.shape;
        bool same = true;
        foreach ((string name, torch.Tensor? value) in tensors)
            if (value is not null)
            {
                given.Add($"{name} {Show(value)}");
                same &= value.shape.SequenceEqual(first);
            }

        if (!same)
            throw new ArgumentException($"{string.Join(", ", given)} must have the same shape");
    }

    /// <summary>"[2, 3]".</summary>
    public static string Show(torch.Tensor tensor) => Show(tensor.shape);

    /// <summary>"[2, 3]".</summary>
    public static string Show(params long[] shape) => $"[{string.Join(", ", shape)}]";
}
