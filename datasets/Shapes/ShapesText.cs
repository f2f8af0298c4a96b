using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Small instructions without an image, in the words of the questions about images.</summary>
internal static class ShapesText
{
    private static readonly string[] Colors = [.. Appearances.Colors.Select(color => Filter.Words(color))];
    private static readonly string[] Shapes = [.. Appearances.Shapes.Select(shape => Filter.Words(shape))];
    private static readonly string[] Words = [.. Colors, .. Shapes];

    /// <summary>An instruction whose text belongs to the split, as scenes do.</summary>
    public static Asked Ask(RandomStream random, Split split)
    {
        int kind = random.Next(4);
        while (true)
        {
            Asked asked = kind switch
            {
                0 => Length(random),
                1 => Occurrences(random),
                2 => Position(random),
                _ => Category(random),
            };
            if (Splits.Of(asked.Text) == split)
                return asked;
        }
    }

    private static Asked Length(RandomStream random)
    {
        int answer = random.Between(1, 5);
        return Number($"How many words are in: {string.Join(' ', Some(random, answer, Words))}?", answer);
    }

    private static Asked Occurrences(RandomStream random)
    {
        string word = random.Pick(Words);
        int answer = random.Between(0, 3);
        string[] others = [.. Words.Where(other => other != word)];
        string[] list = [.. Enumerable.Repeat(word, answer), .. Some(random, 4 - answer, others)];
        random.Shuffle<string>(list);
        return Number($"How often is {word} in: {string.Join(' ', list)}?", answer);
    }

    private static Asked Position(RandomStream random)
    {
        string[] list = Some(random, random.Between(2, 4), Words);
        bool first = random.Next(2) == 0;
        string text = $"Which word is {(first ? "first" : "last")} in: {string.Join(' ', list)}?";
        return Asked.Word(text, first ? list[0] : list[^1]);
    }

    private static Asked Category(RandomStream random)
    {
        bool color = random.Next(2) == 0, yes = random.Next(2) == 0;
        string[] list = Some(random, 2, color == yes ? Colors : Shapes);
        return Asked.YesNo($"Are {list[0]} and {list[1]} {(color ? "colors" : "shapes")}?", yes);
    }

    private static string[] Some(RandomStream random, int count, string[] words) =>
        [.. Enumerable.Repeat(0, count).Select(_ => random.Pick(words))];

    private static Asked Number(string text, int answer) =>
        new(text, new Truth.Number(answer), answer.ToString(CultureInfo.InvariantCulture));
}
