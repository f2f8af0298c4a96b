using System.Text.Json;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.LatentActions;
using Vlm.Models;

/// <summary>What a policy is besides its reward: what codes keep of tokens, and reward against exploration. D1 to D4.</summary>
/// <param name="run">The run.</param>
/// <param name="runner">Its phases.</param>
/// <param name="options">How training samples.</param>
/// <param name="preset">The rest.</param>
/// <param name="shapes">Makes questions.</param>
/// <param name="data">Answers that nothing is trained on.</param>
sealed class Diagnosis(
    Run run, PhaseRunner runner, ReinforceOptions options, LatentPreset preset, ShapesPrompts shapes, PairedAndTextData data)
{
    private const string Tokens = "base SFT";

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
        return new(phase.Name, Kept(learner), frontier?.Points ?? []);
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
    internal static readonly JsonSerializerOptions Json = new() { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>As lines of text.</summary>
    internal IEnumerable<string> Lines()
    {
        foreach ((string of, EffectReport report) in Effects)
            yield return $"{Phase}, {of}: " + string.Join(", ", report.Named().Select(item => FormattableString.Invariant($"{item.Name} {item.Value:G3}")));
        foreach (FrontierPoint point in Frontier)
            yield return FormattableString.Invariant(
                $"{Phase}, temperature {point.Temperature:0.0}: {point.Nats:0.00} nats an answer, reward {point.Reward:0.000}, best of {Vlm.Grpo.Frontier.GroupSize} {point.BestOf:0.000}, flat {point.FracRewardZeroStd:0.00}");
    }
}
