using System.Text.Json;
using TorchSharp;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.LatentActions;
using Vlm.Models;

/// <summary>
/// What a policy is besides its reward: what codes keep of tokens, reward against exploration, how much of a gradient is signal, which
/// choices matter, and what its states know. D1 to D7 of docs/latent-actions.md.
/// </summary>
/// <param name="run">The run.</param>
/// <param name="runner">Its phases.</param>
/// <param name="options">How training samples.</param>
/// <param name="preset">The rest.</param>
/// <param name="shapes">Makes questions.</param>
/// <param name="data">Answers that nothing is trained on.</param>
/// <param name="counterfactuals">Questions whose choices are replaced by others.</param>
sealed class Diagnosis(Run run, PhaseRunner runner, ReinforceOptions options, LatentPreset preset, ShapesPrompts shapes,
    PairedAndTextData data, int counterfactuals)
{
    private const string Tokens = "base SFT";

    private static readonly string[] s_probed = ["color", "shape"];

    /// <summary>Measures the result of a phase; the answer is kept beside its folder for a resumed run.</summary>
    internal PhaseDiagnosis Of(Phase phase)
    {
        string beside = runner[phase.Name].Folder + ".diagnosis.json";
        if (File.Exists(beside))
            return JsonSerializer.Deserialize<PhaseDiagnosis>(File.ReadAllText(beside), PhaseDiagnosis.Json)!;
        PhaseDiagnosis found = Measure(phase);
        CompleteFile.WriteText(beside, JsonSerializer.Serialize(found, PhaseDiagnosis.Json));
        foreach (string line in found.Lines())
            run.Say(line);
        return found;
    }

    private PhaseDiagnosis Measure(Phase phase)
    {
        using Learner learner = Learner.Load(runner[phase.Name].Folder, new Arm(), preset, run, null);
        GrpoOptions grpo = options.Of(RlMethod.Grpo, learner.Latent is null, preset);
        Prompt[] questions = [.. Enumerable.Range(0, Questions).Select(i => shapes.Ask(Split.Validation, run.Seed, i))];
        Frontier? frontier = learner.Policy is IEffectPolicy effects ? Frontier.Measure(effects, questions, grpo, new SampleKey(run.Seed, 0),
            score: rollouts => [.. Batch.Scored(rollouts).Select(sample => sample.Score)], cancel: run.Token) : null;
        return new(phase.Name, Kept(learner), frontier?.Points ?? [])
        {
            Signals = phase is ReinforcePhase ? [] : Signals(phase, learner, grpo),
            Relevance = phase.Name == Tokens && learner.Policy is IEffectPolicy tokens ? Relevance(tokens, learner, grpo) : null,
            Probes = s_probed.Select(kind => (kind, Questions: shapes.Only(kind))).Where(item => item.Questions is not null)
                .ToDictionary(item => item.kind, item => Probe(learner.Policy, item.Questions!, grpo.Sampling)),
        };
    }

    // At the point where reinforcement starts; of codes with the advantage of the sampled one, and of all that decode to its token.
    private Dictionary<string, GradientSignal> Signals(Phase phase, Learner learner, GrpoOptions grpo)
    {
        if (learner.Latent is null)
            return new() { ["tokens"] = Signal(learner.Policy, grpo) };
        return Enum.GetValues<CodeCredit>().ToDictionary(credit => credit == CodeCredit.Sampled ? "sampled code" : "equivalent codes", credit =>
        {
            using Learner same = Learner.Load(
                runner[phase.Name].Folder, new Arm(), preset with { Policy = preset.Policy with { Credit = credit } }, run, null);
            return Signal(same.Policy, grpo);
        });
    }

    private GradientSignal Signal(IPolicy policy, GrpoOptions grpo)
    {
        Prompt[] questions = [.. Enumerable.Range(0, Questions).Select(i => shapes.Ask(Split.Validation, run.Seed, i))];
        Batch batch = Batch.Scored(policy.Sample(questions, grpo.GroupSize, grpo.Sampling, new SampleKey(run.Seed, 0), run.Token));
        return GradientSignal.Measure(policy, GroupAdvantage.Estimate(batch, grpo.Advantage), grpo);
    }

    // Rewards of 0 or 1 need 64 continuations.
    private ChoiceRelevance? Relevance(IEffectPolicy policy, Learner learner, GrpoOptions grpo) => counterfactuals == 0 ? null
        : ChoiceRelevance.Of(new CounterfactualChoices(policy, learner.Base.Decode, grpo.Sampling, new() { Continuations = run.Smoke ? 2 : 64 })
            .Of([.. Enumerable.Range(0, counterfactuals).Select(i => shapes.Ask(Split.Validation, run.Seed, i))],
                new SampleKey(run.Seed, 0), cancel: run.Token));

    // The state that the first token is chosen from, and what is asked: fitted to drawings of training, tested on others.
    private ProbeResult Probe(IFeaturePolicy policy, ShapesPrompts asked, Sampling sampling)
    {
        using var scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        (torch.Tensor states, string[] labels) = States(Split.Train, run.Smoke ? 16 : 512);
        (torch.Tensor others, string[] otherLabels) = States(Split.Validation, run.Smoke ? 8 : 256);
        return LinearProbe.Of(states, labels, others, otherLabels);

        (torch.Tensor, string[]) States(Split split, int count)
        {
            Prompt[] questions = [.. Enumerable.Range(0, count).Select(i => asked.Ask(split, run.Seed, i))];
            Sampling first = sampling with { Greedy = true, MaxNewTokens = 1 };
            return (torch.cat([.. questions.Chunk(64).Select(part => policy.LogProbsAndFeatures(
                policy.Sample(part, 1, first, new SampleKey(run.Seed, 0), run.Token), sampling).Features.select(1, 0))]),
                [.. questions.Select(question => question.Example.Answer)]);
        }
    }

    // Against base SFT. Not of a base that learned with its policy: it is no longer the one that the codes are of.
    private Dictionary<string, EffectReport> Kept(Learner learner)
    {
        if (learner.Latent is not { } latent || latent.Modules.Config.World == WorldForm.Identity || latent.Base != learner.Base)
            return [];
        using IVisionLanguageModel tokens = VlmCheckpoint.Load(runner[Tokens].Folder, run.Device).Model;
        Rollout[] answers = data.ValidationTargets(Questions);
        IReadOnlyList<EffectPlace> places = EffectDiagnostics.Of(latent, tokens, answers);
        var kept = new Dictionary<string, EffectReport>
        {
            ["all"] = EffectReport.Of(places),
            ["first token"] = EffectReport.Of([.. places.Where(place => place.Token == 0)]),
        };
        foreach (IGrouping<string, EffectPlace> kind in places.GroupBy(place => answers[place.Answer].Prompt.Example.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal))
            kept[kind.Key] = EffectReport.Of([.. kind]);
        return kept;
    }

    private int Questions => run.Smoke ? 4 : 64;
}

/// <summary>What was measured of one policy.</summary>
/// <param name="Phase">Whose.</param>
/// <param name="Effects">What codes keep of tokens: of all tokens, of first tokens, and by kind; none for tokens.</param>
/// <param name="Frontier">Reward against exploration, by temperature.</param>
sealed record PhaseDiagnosis(string Phase, IReadOnlyDictionary<string, EffectReport> Effects, IReadOnlyList<FrontierPoint> Frontier)
{
    /// <summary>How much of the gradient is signal where reinforcement starts, by whom an advantage is credited to.</summary>
    public IReadOnlyDictionary<string, GradientSignal> Signals { get; init; } = new Dictionary<string, GradientSignal>();

    /// <summary>Choices that matter for the reward, and choices that do not; of tokens, before reinforcement.</summary>
    public ChoiceRelevance? Relevance { get; init; }

    /// <summary>By kind of question: what a linear classifier reads of it off the states.</summary>
    public IReadOnlyDictionary<string, ProbeResult> Probes { get; init; } = new Dictionary<string, ProbeResult>();

    internal static readonly JsonSerializerOptions Json = new() { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>As lines of text.</summary>
    internal IEnumerable<string> Lines()
    {
        foreach ((string of, EffectReport report) in Effects)
            yield return $"{Phase}, {of}: " + string.Join(", ", report.Named().Select(item => FormattableString.Invariant($"{item.Name} {item.Value:G3}")));
        foreach (FrontierPoint point in Frontier)
            yield return FormattableString.Invariant(
                $"{Phase}, temperature {point.Temperature:0.0}: {point.Nats:0.00} nats an answer, reward {point.Reward:0.000}, best of {Vlm.Grpo.Frontier.GroupSize} {point.BestOf:0.000}, flat {point.FracRewardZeroStd:0.00}");
        foreach ((string credit, GradientSignal signal) in Signals)
            yield return FormattableString.Invariant($"{Phase}, gradient over {credit}: {signal.Ratio:0.00} times what noise alone gives, {signal.Groups} groups");
        if (Relevance is { } choices)
            yield return FormattableString.Invariant(
                $"{Phase}: {choices.Irrelevant:0.0} nats of choices that do not matter, {choices.Relevant:0.0} that do (F:R {choices.Ratio:0.00})");
        foreach ((string kind, ProbeResult probe) in Probes)
            yield return FormattableString.Invariant(
                $"{Phase}, {kind} read off its states: {probe.Accuracy:P1} right, {probe.Majority:P1} without them");
    }
}
