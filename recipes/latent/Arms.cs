using Vlm;
using Vlm.Grpo;
using Vlm.LatentActions;

/// <summary>The arms of latent-controls: what each starts from, and the one thing it changes.</summary>
/// <param name="learn">Sizes and steps of the stages.</param>
/// <param name="reinforce">Steps of reinforcement.</param>
/// <param name="preset">The rest.</param>
/// <param name="vocabulary">Tokens of the base: as many codes where each is a token.</param>
sealed class Arms(LearnOptions learn, ReinforceOptions reinforce, LatentPreset preset, int vocabulary)
{
    private const string Base = "base", Sft = "base SFT";
    private const int FreshLayers = 3, ExactCodes = 16;

    private readonly List<Phase> _phases = [];

    /// <summary>Base, base SFT, and for each arm the stages that it needs and no arm before it had, then reinforcement.</summary>
    /// <param name="names">Arms; each once.</param>
    /// <exception cref="UsageException">There is no such arm, or one twice.</exception>
    internal IReadOnlyList<Phase> Phases(IReadOnlyList<string> names)
    {
        _phases.Clear();
        _phases.Add(new TokenPhase(Base, PhaseRunner.Start, learn.BaseSteps, Text: true));
        _phases.Add(new TokenPhase(Sft, Base, learn.TaskSteps, Text: false));
        foreach (string name in names)
        {
            (string from, Arm arm) = Of(name);
            if (_phases.Any(phase => phase.Name == name))
                throw new UsageException($"the arm {name} is named twice", $"--arms {string.Join(' ', names)}", "each once");
            _phases.Add(new ReinforcePhase(name, from, reinforce.Steps, RlMethod.Grpo) { Arm = arm });
        }
        return _phases;
    }

    // Where an arm starts, which is made if need be, and what it changes.
    private (string From, Arm Arm) Of(string name) => name switch
    {
        "token" => (Sft, new()),
        "t-frozen" => (Sft, new() { Trains = new() { Layers = 1, Vision = false } }),
        "t-released" => (Sft, new() { Trains = new() { Layers = 8.0 / 36, Vision = false } }),
        "t-lora" => (Sft, new() { LoraRank = 8 }),
        "t-cool" => (Sft, new() { Temperature = 0.7 }),
        "t-fresh" => (Cloned(Fixed("t-fresh", WorldForm.Identity, vocabulary), Sft), new()),
        "t-branch" => (Sft, new() { Adds = new() { Codes = vocabulary, PolicyLayers = 1, Policy = PolicyForm.Branch, World = WorldForm.Identity } }),
        "l-random" => (Cloned(Fixed("l-random", WorldForm.Classes, learn.Codes), Sft), new()),
        "latent" => (Learned(Latent), new()),
        "l-warm" => (Learned(Latent), new() { Temperature = 1.5 }),
        "l-hot" => (Learned(Latent), new() { Temperature = 2 }),
        "l-matched" => (Learned(Latent), new() { FlatShare = 0.18 }),
        "l-open" => (Learned(Latent), new() { Opens = Opened.Text }),
        "l-open-vision" => (Learned(Latent), new() { Opens = Opened.TextAndVision }),
        "l-effect" => (Cloned(Latent with { Name = "l-effect", Objective = Latent.Objective with { Cloning = CloningTarget.Effects } }, Before(Latent)), new()),
        "l-branch" => (Cloned(Latent with { Name = "l-branch", Policy = PolicyForm.Branch, PolicyLayers = 1 }, Before(Latent)), new()),
        "changed" => (Learned(Changed), new()),
        "l-exact" => (Before(Few), new() { Adds = learn.Config(Few) with { Policy = PolicyForm.Prior } }),
        _ => throw new UsageException($"there is no arm '{name}'", $"--arms {name}", "--arms token latent t-fresh, or see --help"),
    };

    // The method as it was published, but for what docs/latent-actions.md says.
    private LatentVariant Latent => new("latent", learn.Codes, preset.Objective, preset.ReadOut)
    {
        Policy = PolicyForm.Layers, PolicyLayers = learn.PolicyLayers,
    };

    // A branch of the base's last layer, codes with a price, cloned by what they lead to.
    private LatentVariant Changed => Latent with
    {
        Name = "changed", Policy = PolicyForm.Branch, PolicyLayers = 1, MergeBlocks = 1,
        Objective = preset.Objective with { Cloning = CloningTarget.Effects, Rate = 0.1 },
    };

    private LatentVariant Few => Latent with { Name = "codes-16", Codes = Math.Min(ExactCodes, learn.Codes) };

    private LatentVariant Fixed(string name, WorldForm world, int codes) => Latent with
    {
        Name = name, World = world, Codes = codes, PolicyLayers = Math.Min(FreshLayers, learn.PolicyLayers), Text = false,
    };

    // All stages of a variant; the name of the last one.
    private string Learned(LatentVariant variant) => Stages(variant, cloned: true);

    // All stages but cloning.
    private string Before(LatentVariant variant) => Stages(variant, cloned: false);

    private string Stages(LatentVariant variant, bool cloned)
    {
        string last = Base;
        foreach (StagePhase stage in learn.StagesOf(variant, Base, preset.TaskCodes).Where(stage => cloned || stage.Stage != LatentStage.Cloning))
        {
            if (!_phases.Any(phase => phase.Name == stage.Name))
                _phases.Add(stage);
            last = stage.Name;
        }
        return last;
    }

    private string Cloned(LatentVariant variant, string from)
    {
        var stage = new StagePhase($"{variant.Name} SFT", from, learn.CloningSteps, LatentStage.Cloning, variant, IsFinal: true);
        _phases.Add(stage);
        return stage.Name;
    }
}
