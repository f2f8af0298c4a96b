using TorchSharp;
using static TorchSharp.torch;

namespace Vlm.Rewards.Learned;

/// <summary>ConvexDA: of several copies of a text with typing errors those that lie outermost are trained on.</summary>
/// <remarks>
/// Shen et al. 2023, arXiv:2309.16155, section 5.1, and the authors' code: five copies, in each at most 5 % of the words with an error;
/// their vectors in the plane of the two first principal components; the corners of the convex hull are kept. What lies inside is a mean of the
/// corners, and teaches nothing that they do not.
/// </remarks>
public static class ConvexAugmentation
{
    private const double WordShare = 0.05;

    /// <summary>The copies of a text that are worth training on.</summary>
    /// <param name="text">With at least one word.</param>
    /// <param name="embed">Vectors of texts.</param>
    /// <param name="random">Chooses the words and the errors.</param>
    /// <param name="copies">How many are made, at least 1.</param>
    /// <returns>Some of them, in the order in which they were made; copies that are the same count once.</returns>
    public static IReadOnlyList<string> Of(
        string text, Func<IReadOnlyList<string>, IReadOnlyList<float[]>> embed, RandomStream random, int copies = 5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(copies, 1);
        string[] made = [.. Enumerable.Range(0, copies).Select(_ => WithTypos(text, random)).Distinct(StringComparer.Ordinal)];
        return [.. Outermost(embed(made)).Select(i => made[i])];
    }

    /// <summary>A text in which at most one word of twenty, and one at least, has two neighbouring letters in the other order.</summary>
    /// <remarks>Words of one letter, and words of equal letters, stay as they are.</remarks>
    /// <param name="text">Any text.</param>
    /// <param name="random">Chooses the words and the letters.</param>
    public static string WithTypos(string text, RandomStream random)
    {
        string[] words = text.Split(' ');
        int[] order = [.. Enumerable.Range(0, words.Length).Where(i => Swaps(words[i]).Length > 0)];
        random.Shuffle<int>(order);
        foreach (int i in order.Take(Math.Max(1, (int)(WordShare * words.Length))))
        {
            char[] letters = words[i].ToCharArray();
            int at = random.Pick<int>(Swaps(words[i]));
            (letters[at], letters[at + 1]) = (letters[at + 1], letters[at]);
            words[i] = new(letters);
        }
        return string.Join(' ', words);
    }

    /// <summary>The vectors that are corners of the convex hull in the plane of their two first principal components.</summary>
    /// <param name="vectors">At least one, all of one length.</param>
    /// <returns>Their numbers, in order.</returns>
    public static IReadOnlyList<int> Outermost(IReadOnlyList<float[]> vectors) => [.. ConvexHull.Corners(Plane(vectors)).Order()];

    /// <summary>Points in the plane of the two first principal components.</summary>
    /// <param name="vectors">At least one, all of one length.</param>
    public static IReadOnlyList<(double X, double Y)> Plane(IReadOnlyList<float[]> vectors)
    {
        using DisposeScope scope = NewDisposeScope();
        double[] flat = [.. vectors.SelectMany(vector => vector.Select(value => (double)value))];
        Tensor points = tensor(flat, [vectors.Count, vectors[0].Length]);                            // [N, D]
        (Tensor u, Tensor s, _) = linalg.svd(points - points.mean([0], keepdim: true), fullMatrices: false);
        double[] along = (u * s).contiguous().data<double>().ToArray();                              // [N, min(N, D)]
        int width = along.Length / vectors.Count;
        return [.. Enumerable.Range(0, vectors.Count).Select(i => (along[i * width], width > 1 ? along[(i * width) + 1] : 0))];
    }

    private static int[] Swaps(string word) => [.. Enumerable.Range(0, Math.Max(0, word.Length - 1))
        .Where(i => char.IsLetter(word[i]) && char.IsLetter(word[i + 1]) && word[i] != word[i + 1])];
}

/// <summary>The convex hull of points in a plane.</summary>
public static class ConvexHull
{
    private const double Flat = 1e-9;       // of the square of the extent: rounding of what lies on a line

    /// <summary>The corners: no point that lies inside, or on a line between two others; of equal points the first.</summary>
    /// <remarks>Andrew 1979, "Another efficient algorithm for convex hulls in two dimensions": the lower chain, then the upper one.</remarks>
    /// <param name="points">Any number.</param>
    /// <returns>Their numbers, anticlockwise from the leftmost.</returns>
    public static IReadOnlyList<int> Corners(IReadOnlyList<(double X, double Y)> points)
    {
        int[] order = [.. Enumerable.Range(0, points.Count).DistinctBy(i => points[i]).OrderBy(i => points[i].X).ThenBy(i => points[i].Y)];
        if (order.Length < 3)
            return order;
        double extent = Math.Max(
            points.Max(point => point.X) - points.Min(point => point.X), points.Max(point => point.Y) - points.Min(point => point.Y));
        int[] lower = Chain(order), upper = Chain([.. order.Reverse()]);
        return [.. lower[..^1], .. upper[..^1]];

        int[] Chain(int[] along)
        {
            var chain = new List<int>();
            foreach (int next in along)
            {
                while (chain.Count > 1 && Turn(points[chain[^2]], points[chain[^1]], points[next]) <= Flat * extent * extent)
                    chain.RemoveAt(chain.Count - 1);
                chain.Add(next);
            }
            return [.. chain];
        }
    }

    // Twice the area of the triangle, above 0 where it turns left.
    private static double Turn((double X, double Y) a, (double X, double Y) b, (double X, double Y) c) =>
        ((b.X - a.X) * (c.Y - a.Y)) - ((b.Y - a.Y) * (c.X - a.X));
}
