using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>Two answers to one question.</summary>
/// <param name="Example">The question.</param>
/// <param name="First">One answer.</param>
/// <param name="Second">The other.</param>
public sealed record AnswerPair(Example Example, string First, string Second);

/// <summary>What a judge said of a pair.</summary>
/// <param name="Orders">What it prefers, First being the pair's first, for each order in which it was asked.</param>
/// <param name="Failure">Why an order was not answered; empty where all were.</param>
/// <param name="Words">The beginning of what it explained.</param>
public sealed record Comparison(IReadOnlyList<Verdict<BetterAnswer>> Orders, string Failure, string Words)
{
    /// <summary>
    /// 1 the first is better, 0 the second, the mean of both orders; null where an order has no verdict.
    /// </summary>
    public double? ToFirst => Failure.Length == 0 && Orders.All(order => order.IsGiven)
        ? Orders.Average(order => order.Value.ToFirst()) : null;

    /// <summary>
    /// The same, where what is no verdict counts as a tie, as Pref-GRPO has it; null where an order was not answered.
    /// </summary>
    public double? ToFirstOrTie => Failure.Length > 0 ? null
        : Orders.Average(order => order.IsGiven ? order.Value.ToFirst() : 0.5);

    /// <summary>A few words for logs.</summary>
    public string Reason => Failure.Length > 0 ? Failure
        : Orders.FirstOrDefault(order => !order.IsGiven) is { IsGiven: false } none ? none.Problem
        : Orders.Count == 2 && Orders[0].Value != Orders[1].Value ? $"{Said(0)} then {Said(1)}: {Words}"
            : $"{Said(0)}: {Words}";

    private string Said(int order) =>
        Orders[order].Value switch { BetterAnswer.First => "better", BetterAnswer.Second => "worse", _ => "tie" };
}

/// <summary>
/// Compares pairs of answers in both orders, or in one drawn at random, and counts how often the order decided.
/// </summary>
/// <remarks>
/// The mean of both orders takes the position bias out: where whichever stands first wins twice, it is a tie. A pair of
/// equal texts is a tie, and asks nobody. A pair with an order that was not answered is not compared.
/// </remarks>
public sealed class PairComparer : IDisposable
{
    private readonly JudgeSession _session;

    /// <summary>A comparer that owns its model.</summary>
    /// <param name="model">Who is asked.</param>
    /// <param name="rubric">Of form preference or reasoned.</param>
    /// <param name="settings">Null for the defaults.</param>
    /// <param name="log">Told what each call came to.</param>
    /// <exception cref="UsageException">The rubric gives another verdict.</exception>
    public PairComparer(IJudgeModel model, Rubric rubric, JudgeSettings? settings = null, ILogger? log = null) =>
        _session = new(model, rubric, JudgeMode.Pairwise, settings, log);

    /// <summary>What it has done since it was made; scored are pairs.</summary>
    public JudgeCounts Counts => _session.Counts;

    internal JudgeSettings Settings => _session.Settings;

    /// <summary>Compares pairs.</summary>
    /// <param name="pairs">Any number.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>One for each, in their order.</returns>
    /// <exception cref="UsageException">As <see cref="IJudgeModel.AskAsync"/>; the rubric shows a reference, and
    /// an example has none.</exception>
    public async Task<IReadOnlyList<Comparison>> CompareAsync(
        IReadOnlyList<AnswerPair> pairs, CancellationToken cancel = default)
    {
        var asked = new List<(int Pair, bool Swapped)>();
        foreach ((int i, AnswerPair pair) in pairs.Index())
            if (pair.First != pair.Second)
                asked.AddRange(Orders(pair).Select(swapped => (i, swapped)));
        (IReadOnlyList<JudgeReply> replies, JudgeCounts counts) = await _session.AskAsync(
            [.. asked.Select(item => Request(pairs[item.Pair], item.Swapped))], cancel).ConfigureAwait(false);

        Verdict<BetterAnswer>[] byPlace = [.. replies.Select(reply => JudgeSession.Read(reply, Read))];
        ILookup<int, int> ofPair = Enumerable.Range(0, asked.Count).ToLookup(i => asked[i].Pair);
        Comparison[] compared = [.. pairs.Select((_, pair) => Compared([.. ofPair[pair]]))];
        counts = counts with { NoVerdict = JudgeSession.NoVerdicts(replies, byPlace), Bias = Bias(ofPair, byPlace) };
        _session.Add(counts, compared.Count(item => item.ToFirst is not null), compared.Length);
        return compared;

        Comparison Compared(int[] orders) => orders.Length == 0
            ? new([Verdict.Of(BetterAnswer.Tie)], "", "the same text") : new(
            [.. orders.Select(i => asked[i].Swapped && byPlace[i].IsGiven ? Verdict.Of(byPlace[i].Value.Swapped())
                : byPlace[i])],
            orders.Select(i => replies[i]).FirstOrDefault(reply => reply.Text is null) is { } failed
                ? $"not answered: {failed.Failure}" : "",
            JudgeSession.Words(replies[orders[0]].Text ?? ""));
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private static PositionBias Bias(ILookup<int, int> ofPair, Verdict<BetterAnswer>[] byPlace) => ofPair
        .Select(orders => orders.ToArray()).Where(orders => orders.Length == 2 && orders.All(i => byPlace[i].IsGiven))
        .Aggregate(new PositionBias(), (bias, orders) => bias.Plus(byPlace[orders[0]].Value, byPlace[orders[1]].Value));

    private JudgeRequest Request(AnswerPair pair, bool swapped) => JudgePrompts.Of(_session.Rubric, pair.Example,
        swapped ? pair.Second : pair.First, swapped ? pair.First : pair.Second, _session.Settings.SendsImages);

    private Verdict<BetterAnswer> Read(string reply) => _session.Rubric.Form == VerdictForm.Preference
        ? PreferenceVerdict.Read(reply)
        : ReasonedVerdict.Read(reply) is var reasoned && reasoned.IsGiven ? Verdict.Of(reasoned.Value.BetterAnswer)
        : Verdict.None<BetterAnswer>(reasoned.Problem);

    // Drawn by what is compared, so that a resumed run asks the same.
    private bool[] Orders(AnswerPair pair) => _session.Settings.Orders == JudgeOrders.Both ? [false, true]
        : [new RandomStream(_session.Settings.Seed, "judge order",
            TextNumber.Of(pair.Example.Id, pair.First, pair.Second)).Next(2) == 1];
}

/// <summary>A number that follows from texts: the coordinate of a random stream.</summary>
internal static class TextNumber
{
    /// <summary>The first 64 bits of their SHA-256.</summary>
    public static long Of(params IEnumerable<string> texts)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(texts.Select(text => $"{text.Length} {text}")));
        return BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(bytes));
    }
}
