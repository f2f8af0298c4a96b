namespace Vlm.Rewards;

/// <summary>Finds the objects that an answer claims to see.</summary>
/// <remarks>
/// <para><c>[{"bbox_2d": [10, 20, 30, 40], "label": "cat"}]</c> (Qwen2.5-VL, VLM-R1), <c>[{'Position': [10, 20, 30, 40], 'Confidence': 0.9}]</c>
/// (Visual-RFT), with or without a fence; <c>cat [10, 20, 30, 40]; dog [50, 60, 70, 80]</c>; or boxes alone. All that the answer names
/// count, in however many lists: naming guesses costs as false alarms do. "None" and <c>[]</c> say that there is nothing.</para>
/// <para>An object that is cut off is none. One without a box is a claim all the same, and so are those whose box is inverted, has no
/// area or leaves the frame by more than <see cref="AnsweredBox.Overshoot"/>: they meet nothing. A confidence outside of 0 to 1 is none.</para>
/// </remarks>
public static class AnsweredDetections
{
    private const string Fence = "```json", FenceEnd = "```";
    private static readonly string[] s_nothing = ["none", "[]", "{}", "no objects", "no object", "nothing"];
    private static readonly char[] s_marks = [' ', ';', ',', ':', '.', '-', '=', '*', '"', '\'', '\n', '\r', '\t', '[', ']', '(', ')'];

    /// <summary>What an answer claims, in its order; or null and why it says nothing of objects.</summary>
    /// <param name="answer">What was answered.</param>
    /// <param name="truth">Gives the frame.</param>
    /// <exception cref="ArgumentException">A true box has no area or leaves its frame, or the frame has no extent.</exception>
    public static (IReadOnlyList<Detection>? Objects, string Problem) Read(Answer answer, Truth.Boxes truth)
    {
        Check(truth);
        if (answer.Text is not { } text)
            return (null, answer.Problem);
        text = Unfenced(text);
        if (SaysNothing(text))
            return ([], "");
        Detection[] found = text.Contains('{', StringComparison.Ordinal) ? [.. ObjectText.Read(text).Select(Of)] : [.. Named(text, truth)];
        return found.Length > 0 ? ([.. found.Select(one => one with { Box = Within(one.Box, truth) })], "") : (null, "no objects");
    }

    /// <summary>What the claims of an answer are worth; 0 where it says nothing of objects.</summary>
    /// <param name="answer">What was answered.</param>
    /// <param name="truth">The objects, and their frame.</param>
    /// <param name="measure">From claims and objects.</param>
    internal static Score Score(
        Answer answer, Truth.Boxes truth, Func<IReadOnlyList<Detection>, IReadOnlyList<LabelledBox>, double> measure)
    {
        (IReadOnlyList<Detection>? claims, string problem) = Read(answer, truth);
        return claims is null ? Rewards.Score.Zero(problem)
            : new(measure(claims, truth.Items), $"{claims.Count} claims of {truth.Items.Count} objects");
    }

    /// <summary>A box in the frame of the truth.</summary>
    internal static Truth.Region In(Truth.Boxes truth, Box box = default) => new(box, truth.Frame, truth.Width, truth.Height);

    internal static void Check(Truth.Boxes truth)
    {
        foreach (LabelledBox item in truth.Items)
            AnsweredBox.Check(In(truth, item.Box));
        if (!(truth.Width > 0 && truth.Height > 0 && double.IsFinite(truth.Width * truth.Height)))
            throw new ArgumentException($"the frame of the true boxes is {truth.Width} x {truth.Height}", nameof(truth));
    }

    internal static bool SaysNothing(string text) => s_nothing.Contains(text.TrimEnd('.'), StringComparer.OrdinalIgnoreCase);

    internal static string Unfenced(string text)
    {
        string bare = text.Trim();
        return bare.Length > Fence.Length + FenceEnd.Length && bare.StartsWith(Fence, StringComparison.Ordinal) && bare.EndsWith(FenceEnd, StringComparison.Ordinal)
            ? bare[Fence.Length..^FenceEnd.Length].Trim() : bare;
    }

    private static Detection Of(TextObject one) => new(one.Box ?? default, one.Label, one.Confidence);

    // "cat [10, 20, 30, 40]; dog [...]": what stands between two boxes is the second's label.
    private static IEnumerable<Detection> Named(string text, Truth.Boxes truth)
    {
        NumberGroup[] groups = [.. CoordinateText.Groups(text).Where(group => group.Numbers.Length == 4)];
        int before = 0;
        foreach (NumberGroup group in groups)
        {
            string label = text[Math.Min(before, group.Start)..group.Start].Trim(s_marks);
            before = group.End;
            yield return new(BoxOf(group.Numbers), label);
        }

        if (groups.Length == 0)
            foreach (double[] edges in BoxText.Boxes(text, In(truth)))
                yield return new(BoxOf(edges));
    }

    private static Box BoxOf(double[] edges) => new(edges[0], edges[1], edges[2], edges[3]);

    // As it stands; empty where it leaves the frame by too much.
    private static Box Within(Box box, Truth.Boxes truth) =>
        AnsweredBox.Leaves(box, In(truth), AnsweredBox.Overshoot + AnsweredBox.Rounding)
            ? default : box;
}
