using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Rewards for sentences that name the objects of a scene.</summary>
/// <remarks>
/// Each object named is matched with at most one that is there, so that the sum of the credits is largest. Of 5 points, a
/// pair earns 3 for the right colour and shape, and then 1 for the right size and 1 for the right place; where only one
/// of colour and shape is right, 1 point in all. The place is right where the words said after the object ("at the top
/// left", "in the middle") are true within 40 % of the canvas on that side, 30 to 70 % for the middle; objects without
/// such words must come from left to right. With p points earned for n objects named and m there:
/// <code>score = p / (5 n + 5 m - p)</code>
/// the intersection over union of what is said and what is there. Missing and invented objects both cost; "the" with an
/// object already named does not name it again. Over 16 objects named are no answer.
/// </remarks>
public static class CaptionReward
{
    private const int MaxMentions = 16, MaxObjects = 8, Whole = 5, Named = 3, Half = 1;
    private const double Near = 0.4, MiddleLow = 0.3, MiddleHigh = 0.7;

    /// <summary>What the caption earns, 0 to 1; 1 where every object is named rightly and no other.</summary>
    /// <example>
    /// There: a small red circle, a large blue square. Said: "A small red circle." 5 / (5 + 10 - 5) = 0.5. Said: "A small
    /// red circle and a small green cross." 5 / (10 + 10 - 5) = 0.333.
    /// </example>
    /// <exception cref="ArgumentException">No objects, too many, or one that captions are not read for.</exception>
    public static Score Score(string completion, CaptionTruth truth) => Score(AnswerFormat.Auto.Read(completion), truth);

    /// <inheritdoc cref="Score(string, CaptionTruth)"/>
    public static Score Score(Answer answer, CaptionTruth truth)
    {
        Check(truth);
        if (answer.Text is not { } text)
            return Rewards.Score.Zero(answer.Problem);
        IReadOnlyList<CaptionMention> said = CaptionWords.Read(text, MaxMentions);
        if (said.Count is 0 or > MaxMentions)
            return Rewards.Score.Zero(said.Count == 0 ? "names no object" : $"names over {MaxMentions} objects");

        CaptionObject[] there = [.. truth.Objects.OrderBy(item => item.X).ThenBy(item => item.Y)];
        int points = Points(said, there);
        return new(
            (double)points / ((Whole * (said.Count + there.Length)) - points),
            Reason(points, said.Count, there.Length));
    }

    /// <summary>1 where every object is named rightly and no other, else 0: accuracy.</summary>
    /// <exception cref="ArgumentException">As <see cref="Score(Answer, CaptionTruth)"/>.</exception>
    public static Score Complete(string completion, CaptionTruth truth) => Complete(AnswerFormat.Auto.Read(completion), truth);

    /// <inheritdoc cref="Complete(string, CaptionTruth)"/>
    public static Score Complete(Answer answer, CaptionTruth truth)
    {
        Score score = Score(answer, truth);
        return score.Value == 1 ? Rewards.Score.One(score.Reason) : Rewards.Score.Zero(score.Reason);
    }

    private static string Reason(int points, int said, int there) => said == there && points == Whole * there
        ? "complete"
        : FormattableString.Invariant($"{points} of {Whole * there} points, {said} named of {there}");

    private static int Points(IReadOnlyList<CaptionMention> said, CaptionObject[] there)
    {
        int points = 0;
        double rightmost = 0;
        int[] pairs = Match(said, there);
        for (int i = 0; i < said.Count; i++)
            if (pairs[i] >= 0 && Credit(said[i], there[pairs[i]]) is > 0 and var credit)
            {
                CaptionObject item = there[pairs[i]];
                bool silent = said[i].Column is null && said[i].Row is null;
                points += credit + (silent && credit >= Named && item.X >= rightmost ? 1 : 0);
                rightmost = silent ? Math.Max(rightmost, item.X) : rightmost;
            }

        return points;
    }

    // The object for each mention, or -1: the largest sum over all ways, found for each set of objects already taken. Of
    // equal sums the leftmost object goes to the first mention, so that order counts only where looks leave it open.
    private static int[] Match(IReadOnlyList<CaptionMention> said, CaptionObject[] there)
    {
        int sets = 1 << there.Length;
        var best = new int[said.Count + 1, sets];
        for (int i = said.Count - 1; i >= 0; i--)
            for (int taken = 0; taken < sets; taken++)
                best[i, taken] = Choose(i, taken).Sum;

        var pairs = new int[said.Count];
        for (int i = 0, taken = 0; i < said.Count; i++)
        {
            pairs[i] = Choose(i, taken).Item;
            taken |= pairs[i] < 0 ? 0 : 1 << pairs[i];
        }

        return pairs;

        (int Sum, int Item) Choose(int i, int taken)
        {
            (int Sum, int Item) choice = (best[i + 1, taken], -1);
            for (int item = 0; item < there.Length; item++)
                if ((taken & (1 << item)) == 0 && Credit(said[i], there[item]) is > 0 and var credit
                    && credit + best[i + 1, taken | (1 << item)] is var sum
                    && (sum > choice.Sum || (sum == choice.Sum && choice.Item < 0)))
                    choice = (sum, item);
            return choice;
        }
    }

    private static int Credit(CaptionMention said, CaptionObject item)
    {
        bool color = said.Color == item.Color, shape = said.Shape == item.Shape;
        if (!(color && shape))
            return color || shape ? Half : 0;
        bool placed = (said.Column ?? said.Row) is not null && In(said.Column, item.X) && In(said.Row, item.Y);
        return Named + (said.Size == item.Size ? 1 : 0) + (placed ? 1 : 0);
    }

    private static bool In(int? third, double at) => third switch
    {
        -1 => at <= Near,
        0 => at is >= MiddleLow and <= MiddleHigh,
        1 => at >= 1 - Near,
        _ => true,
    };

    private static void Check(CaptionTruth truth)
    {
        ArgumentNullException.ThrowIfNull(truth);
        if (truth.Objects.Count is 0 or > MaxObjects)
            throw new ArgumentException(
                $"a scene of {truth.Objects.Count} objects; 1 to {MaxObjects} can be checked", nameof(truth));
        foreach (CaptionObject item in truth.Objects)
            if (!CaptionWords.IsColor(item.Color) || !CaptionWords.IsShape(item.Shape)
                || item.Size is not ("small" or "large") || item is not { X: >= 0 and <= 1, Y: >= 0 and <= 1 })
                throw new ArgumentException($"captions are not read for {item}", nameof(truth));
    }
}
