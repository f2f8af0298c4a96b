using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>How the probability of a permutation falls over a run.</summary>
public enum PermutationDecay
{
    /// <summary>1 - t / T</summary>
    Linear,

    /// <summary>1 - c^(T - t)</summary>
    Exp,

    /// <summary>1 - (t / T)^c</summary>
    Pow,

    /// <summary>1 throughout.</summary>
    None,
}

/// <summary>The same question with its images in another order, and with the answer that is then right. Pure.</summary>
/// <remarks>
/// PeRL, Zhang et al. 2025, arXiv:2506.14907, with the rules of its released code (verl/utils/image_aug.py): images at movable
/// places change places by a permutation s, new[j] = old[s[j]], and the option that was right is where its image went: s.index(old).
/// </remarks>
public static class ImagePermutation
{
    /// <summary>Items with those at movable places permuted.</summary>
    /// <param name="items">All of them.</param>
    /// <param name="movable">Places that may change, in order.</param>
    /// <param name="s">A permutation of 0 to the number of movable places - 1.</param>
    public static T[] Apply<T>(IReadOnlyList<T> items, IReadOnlyList<int> movable, IReadOnlyList<int> s)
    {
        if (!s.Order().SequenceEqual(Enumerable.Range(0, movable.Count)))
            throw new ArgumentException($"[{string.Join(", ", s)}] is no permutation of {movable.Count} places", nameof(s));
        T[] moved = [.. items];
        for (int j = 0; j < s.Count; j++)
            moved[movable[j]] = items[movable[s[j]]];
        return moved;
    }

    /// <summary>Where the option that was right is now.</summary>
    /// <param name="old">Its number before, from 0.</param>
    /// <param name="s">The permutation.</param>
    public static int Option(int old, IReadOnlyList<int> s) => Enumerable.Range(0, s.Count).First(j => s[j] == old);

    /// <summary>The permutation that undoes one.</summary>
    public static int[] Inverse(IReadOnlyList<int> s) => [.. Enumerable.Range(0, s.Count).Select(j => Option(j, s))];

    /// <summary>Images of a question of order, arranged so that another of its options is right.</summary>
    /// <param name="images">As the question showed them.</param>
    /// <param name="right">The option that was right: numbers of images from 0, in order of time.</param>
    /// <param name="other">The option that shall be right.</param>
    public static T[] Arrange<T>(IReadOnlyList<T> images, IReadOnlyList<int> right, IReadOnlyList<int> other)
    {
        T[] moved = [.. images];
        for (int j = 0; j < right.Count; j++)
            moved[other[j]] = images[right[j]];
        return moved;
    }

    /// <summary>The probability that a question is permuted.</summary>
    /// <param name="step">t, from 1.</param>
    /// <param name="steps">T: steps of the run.</param>
    /// <param name="decay">How it falls.</param>
    /// <param name="coefficient">c, above 0; below 1 with <see cref="PermutationDecay.Exp"/>.</param>
    /// <param name="warmup">Share of the steps over which it rises from 0.</param>
    public static double Probability(long step, long steps, PermutationDecay decay, double coefficient = 0.5, double warmup = 0)
    {
        double falls = decay switch
        {
            PermutationDecay.Linear => 1 - ((double)step / steps),
            PermutationDecay.Exp => 1 - Math.Pow(coefficient, steps - step),
            PermutationDecay.Pow => 1 - Math.Pow((double)step / steps, coefficient),
            _ => 1,
        };
        long rises = (long)(steps * warmup);
        return step < rises ? falls * step / rises : falls;
    }

    /// <summary>An example with the images from a place on permuted, and the option of a choice that is then right.</summary>
    /// <remarks>
    /// The options of a choice stand for the movable images where they are as many. Any other truth is taken to be the same for every
    /// order of the images: which kinds of questions are permuted is the caller's to say.
    /// </remarks>
    /// <param name="example">With images.</param>
    /// <param name="first">The first movable image, from 0: 1 where the first is what the others are compared with.</param>
    /// <param name="random">Draws the permutation.</param>
    public static Example On(Example example, int first, RandomStream random)
    {
        int[] movable = [.. Enumerable.Range(0, example.Images.Count).Skip(first)];
        if (movable.Length < 2)
            return example;
        int[] s = [.. Enumerable.Range(0, movable.Length)];
        random.Shuffle<int>(s);
        return On(example, movable, s);
    }

    /// <summary>An example with images permuted, and the option of a choice that is then right.</summary>
    /// <inheritdoc cref="On(Example, int, RandomStream)"/>
    /// <param name="example">With images.</param>
    /// <param name="movable">Places that may change.</param>
    /// <param name="s">The permutation.</param>
    public static Example On(Example example, IReadOnlyList<int> movable, IReadOnlyList<int> s)
    {
        Example moved = example with { Images = Apply(example.Images, movable, s) };
        if (example.Truth is not Truth.Choice choice || choice.Options.Count != movable.Count)
            return moved;
        int old = choice.Letter - 'A', now = Option(old, s);
        return moved with
        {
            Truth = choice with { Letter = (char)('A' + now) },
            Answer = example.Answer == $"{choice.Letter}" ? $"{(char)('A' + now)}"
                : example.Answer == choice.Options[old] ? choice.Options[now] : example.Answer,
        };
    }
}
