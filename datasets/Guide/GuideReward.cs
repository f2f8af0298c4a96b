using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>
/// Rewards for texts that tell someone about a picture: for what is there, and for a plan that the listener wants and never says.
/// </summary>
/// <remarks>
/// <code>score = 0.4 content + 0.4 choices / 6 + 0.2 (1 where the text is whole)</code>
/// Words count as the concepts they stand for, so synonyms earn alike. Only what stands before the first word that the grammar does not
/// have there is read: what is repeated, or said in several ways at once, earns once at most.
/// <b>Content</b> is an F1 of objects: each object named is matched with at most one that is there so that the sum of the credits is
/// largest. A pair of one colour and shape earns the share of the named attributes that are right, and a quarter where only one of the two
/// is right; with a sum of c, n objects named and m there it is 2 c / (n + m).
/// <b>Choices</b> are those of the plan that <see cref="GuideRoles.Wanted"/> has for the listener. The order counts where at least two
/// objects are right in all that is named of them and those stand in this order; an address, where it names this listener.
/// One pass over the text.
/// </remarks>
public static class GuideReward
{
    private const double OfContent = 0.4, OfPlan = 0.4, OfGrammar = 0.2, OneOfTwo = 0.25;
    private const int FewestInOrder = 2;

    /// <summary>What a text earns; 1 where it is whole, follows the wanted plan and names every object rightly and no other.</summary>
    /// <example>
    /// There: a red circle and a blue square. A whole text with five of the six choices that names "red circle" and "blue cross":
    /// content 2 (1 + 0.25) / 4 = 0.625, so 0.4 x 0.625 + 0.4 x 5 / 6 + 0.2 = 0.783.
    /// </example>
    /// <exception cref="ArgumentException">No such role, or objects that are not two to four of drawings.</exception>
    public static Score Score(Answer answer, GuideTruth truth) => Judge(answer, truth, (reading, content, right) => new(
        (OfContent * content) + (OfPlan * right.Count / GuidePlan.Options.Count) + (reading.IsWhole ? OfGrammar : 0),
        $"{Objects(content)}; {Choices(right)}; {reading.Problem ?? "whole"}"));

    /// <summary>The F1 of its objects.</summary>
    /// <inheritdoc cref="Score"/>
    public static Score Content(Answer answer, GuideTruth truth) =>
        Judge(answer, truth, (_, content, _) => new(content, Objects(content)));

    /// <summary>The share of the six choices that are as the listener wants them.</summary>
    /// <inheritdoc cref="Score"/>
    public static Score Plan(Answer answer, GuideTruth truth) =>
        Judge(answer, truth, (_, _, right) => new((double)right.Count / GuidePlan.Options.Count, Choices(right)));

    /// <summary>1 where everything is right, else 0: accuracy.</summary>
    /// <inheritdoc cref="Score"/>
    public static Score Complete(Answer answer, GuideTruth truth)
    {
        Score score = Score(answer, truth);
        return score.Value >= 1 ? Rewards.Score.One(score.Reason) : Rewards.Score.Zero(score.Reason);
    }

    private static Score Judge(Answer answer, GuideTruth truth, Func<GuideReading, double, List<GuideChoice>, Score> score)
    {
        Check(truth);
        if (answer.Text is not { } text)
            return Rewards.Score.Zero(answer.Problem);
        GuideReading reading = GuideGrammar.Parse(text);
        return score(reading, F1(reading.Objects, truth.Objects), Right(reading, truth));
    }

    private static string Objects(double content) => FormattableString.Invariant($"objects {content:0.00}");

    private static string Choices(List<GuideChoice> right)
    {
        string[] missed = [.. Enum.GetValues<GuideChoice>().Except(right).Select(choice => choice.ToString().ToLowerInvariant())];
        return missed.Length == 0 ? "plan 6 of 6" : $"plan {right.Count} of {GuidePlan.Options.Count}, not {string.Join(" ", missed)}";
    }

    private static List<GuideChoice> Right(GuideReading reading, GuideTruth truth)
    {
        GuidePlan wanted = GuideRoles.Wanted(truth.Role);
        return [.. Enum.GetValues<GuideChoice>().Where(choice => reading[choice] == wanted[choice] && choice switch
        {
            GuideChoice.Order => Follows(wanted.Order, reading.Objects, truth.Objects),
            GuideChoice.Address => reading.Role == (wanted.Address == GuideAddress.Role ? truth.Role : null),
            _ => true,
        })];
    }

    // Those that are right in all that is named of them are met one after the other on the way through the picture.
    private static bool Follows(GuideOrder order, IReadOnlyList<GuideMention> named, IReadOnlyList<CaptionObject> there)
    {
        CaptionObject[] sorted = [.. GuideGrammar.Sorted(order, there)];
        (int next, int met) = (0, 0);
        foreach (GuideMention mention in named.Where(mention => Array.Exists(sorted, item => Credit(mention, item) == 1)))
        {
            next = Array.FindIndex(sorted, next, item => Credit(mention, item) == 1) + 1;
            if (next == 0)
                return false;
            met++;
        }

        return met >= FewestInOrder;
    }

    private static double F1(IReadOnlyList<GuideMention> named, IReadOnlyList<CaptionObject> there) =>
        2 * Best(named, there, 0, 0) / (named.Count + there.Count);

    // The largest sum of credits from this mention on, with objects taken: at most 4 mentions of 4 objects.
    private static double Best(IReadOnlyList<GuideMention> named, IReadOnlyList<CaptionObject> there, int mention, int taken)
    {
        if (mention == named.Count)
            return 0;
        double best = Best(named, there, mention + 1, taken);
        for (int item = 0; item < there.Count; item++)
            if ((taken & (1 << item)) == 0 && Credit(named[mention], there[item]) is > 0 and var credit)
                best = Math.Max(best, credit + Best(named, there, mention + 1, taken | (1 << item)));
        return best;
    }

    private static double Credit(GuideMention said, CaptionObject item)
    {
        bool color = said.Color == item.Color, shape = said.Shape == item.Shape;
        if (!color || !shape)
            return color || shape ? OneOfTwo : 0;
        int right = 2 + (said.Size == item.Size ? 1 : 0) + (said.Place == GuideGrammar.PlaceOf(item) ? 1 : 0);
        return (double)right / (2 + (said.Size is null ? 0 : 1) + (said.Place is null ? 0 : 1));
    }

    private static void Check(GuideTruth truth)
    {
        _ = GuideRoles.Wanted(truth.Role);
        if (truth.Objects.Count is < GuideGrammar.FewestObjects or > GuideGrammar.MostObjects)
            throw new ArgumentException($"a picture of {truth.Objects.Count} objects; guides tell of 2 to 4", nameof(truth));
        if (truth.Objects.FirstOrDefault(item => !IsDrawn(item)) is { } odd)
            throw new ArgumentException($"'{odd.Size} {odd.Color} {odd.Shape}' is no object of a drawing", nameof(truth));
    }

    private static bool IsDrawn(CaptionObject item) => GuideWords.Sizes.Contains(item.Size) && GuideWords.Colors.Contains(item.Color)
        && GuideWords.Shapes.Contains(item.Shape) && item.X is >= 0 and <= 1 && item.Y is >= 0 and <= 1;
}
