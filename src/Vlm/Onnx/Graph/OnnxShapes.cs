using System.Globalization;

namespace Vlm.Onnx.Graph;

/// <summary>What follows for shapes from shapes.</summary>
internal static class OnnxShapes
{
    public static string Render(IEnumerable<OnnxDim> shape) => $"[{string.Join(", ", shape)}]";

    // Null where the two cannot be stretched to one shape: ONNX's (and NumPy's) rule, aligned at the right.
    public static OnnxDim[]? Broadcast(IReadOnlyList<OnnxDim> a, IReadOnlyList<OnnxDim> b)
    {
        var result = new OnnxDim[Math.Max(a.Count, b.Count)];
        for (int i = 1; i <= result.Length; i++)
        {
            OnnxDim left = i <= a.Count ? a[^i] : 1, right = i <= b.Count ? b[^i] : 1;
            if (left.Size == 1)
                result[^i] = right;
            else if (right.Size == 1)
                result[^i] = left;
            else if (left.Fits(right))
                result[^i] = left.Or(right);
            else
                return null;
        }

        return result;
    }

    // What is left of the product of some dimensions after division by that of others: "2*sequence_length" for
    // [6, sequence_length] / [3]. Null where the division does not come out even, or is not known to.
    public static OnnxDim? Quotient(IEnumerable<OnnxDim> whole, IEnumerable<OnnxDim> parts)
    {
        (long size, List<string> names) = Product(whole);
        (long divisor, List<string> others) = Product(parts);
        foreach (string name in others)
            if (!names.Remove(name))
                return null;

        if (divisor == 0 || size % divisor != 0)
            return null;
        long left = size / divisor;
        if (names.Count == 0)
            return left;
        IEnumerable<string> factors = left == 1 ? names
            : names.Prepend(left.ToString(CultureInfo.InvariantCulture));
        return names is [var only] && left == 1 ? only : (OnnxDim)string.Join("*", factors);
    }

    // Whether two products are known but for their numbers.
    public static bool SameNames(IEnumerable<OnnxDim> a, IEnumerable<OnnxDim> b) =>
        Product(a).Names.Order(StringComparer.Ordinal).SequenceEqual(Product(b).Names.Order(StringComparer.Ordinal));

    private static (long Size, List<string> Names) Product(IEnumerable<OnnxDim> dims)
    {
        (long size, List<string> names) = (1, []);
        foreach (OnnxDim dim in dims)
            if (dim.Size is { } number)
                size = checked(size * number);
            else
                names.AddRange(Factors(dim));
        return (size, names);

        IEnumerable<string> Factors(OnnxDim dim)
        {
            foreach (string factor in dim.ToString().Split('*'))
                if (long.TryParse(factor, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
                    size = checked(size * number);
                else
                    yield return factor;
        }
    }
}
