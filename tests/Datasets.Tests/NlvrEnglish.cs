using System.Text.RegularExpressions;
using Vlm.Rewards;

namespace Vlm.Datasets.Tests;

/// <summary>Reads phrases and statements about NLVR's drawings, knowing nothing of how they were written.</summary>
internal static partial class NlvrEnglish
{
    /// <summary>The boxes a phrase can mean; objects as far out as another within a pixel are meant as well.</summary>
    public static List<Box> Refer(NlvrScene scene, string phrase)
    {
        Match match = Phrase().Match(phrase);
        Assert.True(match.Success, phrase);
        int place = Array.IndexOf(["left", "middle", "right"], match.Groups[5].Value);
        int size = Array.IndexOf(["", "small", "medium", "large"], match.Groups[2].Value) * 10;
        Box[] boxes =
        [
            .. scene.Items
                .Where(pair => (place < 0 || pair.Box == place) && (size <= 0 || pair.Item.Size == size)
                    && Same(match.Groups[3].Value, $"{pair.Item.Color}")
                    && Same(match.Groups[4].Value, $"{pair.Item.Shape}"))
                .Select(pair => NlvrScene.BoxOf(pair.Box, pair.Item)),
        ];
        double Out(Box box) => match.Groups[1].Value switch
        {
            "topmost" => -(box.Y1 + box.Y2) / 2,
            "lowest" => (box.Y1 + box.Y2) / 2,
            "leftmost" => -(box.X1 + box.X2) / 2,
            "rightmost" => (box.X1 + box.X2) / 2,
            _ => 0,
        };
        return [.. boxes.Where(box => Out(box) >= boxes.Max(Out) - 1)];
    }

    /// <summary>Whether one of the commoner statements is true; null where the sentence is of another kind.</summary>
    public static bool? Judge(NlvrScene scene, string sentence)
    {
        if (Count().Match(sentence) is { Success: true } objects)
            return Fits(objects.Groups[1].Value, scene.Items.Count(pair =>
                Same(objects.Groups[2].Value, $"{pair.Item.Color}")
                && Same(objects.Groups[3].Value.TrimEnd('s'), $"{pair.Item.Shape}")));
        if (End().Match(sentence) is { Success: true } ends)
            return Fits(ends.Groups[1].Value, scene.Boxes.Count(box => Same(
                ends.Groups[2].Value, $"{box.MaxBy(item => ends.Groups[3].Value == "top" ? -item.Y : item.Y)!.Color}")));
        if (Touch().Match(sentence) is { Success: true } touching)
            return Fits(touching.Groups[1].Value, scene.Items.Count(pair =>
                Same(touching.Groups[2].Value, $"{pair.Item.Color}") && AtWall(pair.Item)));
        return null;
    }

    private static bool AtWall(NlvrItem item) =>
        item.X == 0 || item.Y == 0 || item.X + item.Size == 100 || item.Y + item.Size == 100;

    private static bool Fits(string quantity, int count)
    {
        string[] words = quantity.Split(' ');
        int number = Array.IndexOf(["no", "one", "two", "three", "four"], words[^1]);
        number = number >= 0 ? number : words[^1] == "a" ? 1 : words[^1][0] - '0';
        bool open = quantity.Contains("least", StringComparison.Ordinal) || words[^1] == "a";
        return open ? count >= number : count == number;
    }

    private static bool Same(string said, string value) =>
        said is "" or "object" or "item" || said.Trim().Equals(value, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("^the (?:(topmost|lowest|leftmost|rightmost) )?(?:(small|medium|large) )?"
        + "(?:(yellow|blue|black) )?(\\w+)(?: in the (\\w+) box)?$")]
    private static partial Regex Phrase();

    [GeneratedRegex("^There (?:is|are) ((?:only |exactly |at least )?\\w+) (yellow |blue |black )?(squares?|circles?|triangles?|items?|objects?)$")]
    private static partial Regex Count();

    [GeneratedRegex("^There (?:is|are) ((?:only |exactly |at least )?\\w+) towers? with a (yellow|blue|black) block at the (top|base)$")]
    private static partial Regex End();

    [GeneratedRegex("^There (?:is|are) ((?:only |exactly |at least )?\\w+) (yellow|blue|black) (?:items?|objects?) touching the (?:wall|edge)$")]
    private static partial Regex Touch();
}
