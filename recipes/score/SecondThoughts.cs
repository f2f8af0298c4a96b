using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vlm;
using Vlm.Grpo;
using Vlm.Rewards;
using Vlm.Rewards.Learned.CoEvolution;

/// <summary>An answer before and after its model judged it.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="First">The first answer.</param>
/// <param name="Last">The one that stands.</param>
/// <param name="Again">How often it was asked again.</param>
sealed record SecondThought(AskedQuestion Question, ScoredAnswer First, ScoredAnswer Last, int Again)
{
    /// <summary>An answer that nobody judged.</summary>
    public static SecondThought None(AskedQuestion question) => new(question, question.Answers[0], question.Answers[0], 0);

    /// <summary>Answers a batch of prompts at a time, and scores first and last answers.</summary>
    /// <param name="model">Answers and judges.</param>
    /// <param name="prompts">Made as they are asked for.</param>
    /// <param name="options">How often it may answer again, and how many are read together.</param>
    /// <param name="key">Random streams, where actions are sampled.</param>
    /// <param name="score">What answers earn; null for the rewards of their examples.</param>
    /// <param name="cancel">Looked at before each token.</param>
    public static IEnumerable<SecondThought> Of(
        VisionLanguageModel model, IEnumerable<Prompt> prompts, ScoreOptions options, SampleKey key,
        Func<IReadOnlyList<Rollout>, IReadOnlyList<TotalScore>>? score, CancellationToken cancel)
    {
        int asked = 0, most = (model.Checkpoint?.Model.MaxPositions ?? int.MaxValue) - (options.MaxNewTokens ?? ScoreOptions.FewTokens);
        foreach (Prompt[] part in prompts.Chunk(options.Batch))
        {
            IReadOnlyList<SelfJudged> judged = SelfJudge.Answer(
                model.Sampler, part, Fitting, options.SelfJudge, options.Sampling(options.MaxNewTokens ?? ScoreOptions.FewTokens),
                key with { FirstPrompt = asked }, cancel);
            ScoredAnswer[] first = Scored([.. judged.Select(one => one.First)]), last = Scored([.. judged.Select(one => one.Last)]);
            foreach ((int i, SelfJudged one) in judged.Index())
                yield return new(new(one.First.Prompt.Example, [last[i]], null, []), first[i], last[i], one.Again);
            asked += part.Length;
        }

        Prompt? Fitting(Example example) =>
            model.Prompt(example, options.Seen.Decode, options.Seen.BoxFrame) is var prompt && prompt.Tokens.Length <= most ? prompt : null;

        ScoredAnswer[] Scored(Rollout[] rollouts) => score is null ? [.. rollouts.Select(ScoredAnswer.Of)]
            : [.. rollouts.Zip(score(rollouts), ScoredAnswer.Of)];
    }

    /// <summary>The report of the last answers, with that of the first ones and how many were asked again under <c>self_judge</c>.</summary>
    public static JsonObject Result(IReadOnlyList<SecondThought> thoughts, EvaluationReport last, int most)
    {
        JsonObject result = JsonSerializer.SerializeToNode(last)!.AsObject();
        result.Add("self_judge", new JsonObject
        {
            ["most"] = most,
            ["asked_again"] = thoughts.Count(one => one.Again > 0),
            ["tries"] = thoughts.Sum(one => one.Again),
            ["accuracy_first"] = Right(thoughts, one => one.First),
            ["accuracy_last"] = Right(thoughts, one => one.Last),
            ["first"] = JsonSerializer.SerializeToNode(Evaluation.Report(thoughts.Select(one => one.First))),
        });
        return result;
    }

    /// <summary>A line for people.</summary>
    public static string Line(IReadOnlyList<SecondThought> thoughts) => string.Create(CultureInfo.InvariantCulture,
        $"self-judge: right {Right(thoughts, one => one.First):P1} at first, {Right(thoughts, one => one.Last):P1} in the end; "
        + $"{thoughts.Count(one => one.Again > 0)} of {thoughts.Count} asked again, {thoughts.Sum(one => one.Again)} times in all");

    private static double? Right(IReadOnlyList<SecondThought> thoughts, Func<SecondThought, ScoredAnswer> which) =>
        thoughts.Select(which).Where(answer => answer.Truth.IsKnown).Select(answer => answer.Correct.Value >= 1 ? 1.0 : 0)
            .Cast<double?>().Average();
}
