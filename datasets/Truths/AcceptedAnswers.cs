using System.Runtime.CompilerServices;
using System.Text.Json;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>The answers that several people gave to a question, or several that are right.</summary>
/// <remarks>
/// Of fewer than ten answers any is right. Of ten people's answers, as VQA has them, an answer earns a third for each person who
/// gave it, at most 1: Antol et al. 2015, arXiv:1505.00468, section 3, without the mean over nine of the ten.
/// </remarks>
/// <param name="Answer">The one that most gave: the reference.</param>
/// <param name="Accepted">All of them; as often as they were given.</param>
public sealed record AcceptedAnswers(string Answer, IReadOnlyList<string> Accepted) : Truth.Written(Answer)
{
    private const int People = 10;
    private const double Enough = 3;

    /// <summary>What an answer earns.</summary>
    public static Reward Reward { get; } = Vlm.Rewards.Reward.OfAnswer<AcceptedAnswers>("any_match", Score) with
    {
        Source = "Antol et al. 2015, arXiv:1505.00468, for ten answers; of fewer any is right, by number_match or word_match",
        Example = new(new AcceptedAnswers("red", ["red", "dark red"]), "dark red"),
    };

    /// <summary>In tables: a list of texts in JSON.</summary>
    public static TruthKind Answers { get; } = new(
        "answers", Reward, Reward, [new(TruthKind.VqaAccuracy, Reward)], Read,
        truth => new() { Text = JsonSerializer.Serialize(((AcceptedAnswers)truth).Accepted) });

    /// <inheritdoc/>
    public override TruthKind Kind => Answers;

    /// <inheritdoc/>
    public override IReadOnlyList<string> AllAnswers() => Accepted;

    /// <inheritdoc/>
    public bool Equals(AcceptedAnswers? other) => other is not null && Answer == other.Answer && Accepted.SequenceEqual(other.Accepted);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Answer, Accepted.Count);

    /// <summary>The truth of a list: its most frequent text first, the first of them where several are.</summary>
    /// <param name="accepted">At least one, none empty.</param>
    public static AcceptedAnswers Of(IReadOnlyList<string> accepted) =>
        new(accepted.GroupBy(text => text.Trim()).MaxBy(group => group.Count())!.Key, accepted);

#pragma warning disable CA2255 // in a library: it adds rows to tables and does nothing else
    [ModuleInitializer]
    internal static void Register()
#pragma warning restore CA2255
    {
        Vlm.Rewards.Reward.Table.Add(Reward);
        TruthKind.Table.Add(Answers);
    }

    private static Score Score(Vlm.Rewards.Answer answer, AcceptedAnswers truth)
    {
        if (truth.Accepted.Count == 0)
            throw new ArgumentException("no answer is accepted", nameof(truth));
        Score[] scores = [.. truth.Accepted.Select(accepted => One(answer, accepted))];
        int given = scores.Count(score => score.Value >= 1);
        if (given == 0)
            return scores[0];
        double value = truth.Accepted.Count >= People ? Math.Min(1, given / Enough) : 1;
        return new Score(value, $"the answer of {given} of {truth.Accepted.Count}");
    }

    private static Score One(Vlm.Rewards.Answer answer, string accepted) => Number.TryParse(accepted, out Number? number)
        ? Vlm.Rewards.Reward.Table["number_match"].Compute(answer, number)
        : Vlm.Rewards.Reward.Table["word_match"].Compute(answer, new Word(accepted));

    private static AcceptedAnswers Read(TruthColumns row)
    {
        string[] accepted = Values.Texts(row.Text) ?? [row.Text ?? ""];
        return accepted.Length > 0 && accepted.All(text => !string.IsNullOrWhiteSpace(text))
            ? Of(accepted) : throw row.Wrong("one of the true answers is empty", "a text for each answer");
    }
}
