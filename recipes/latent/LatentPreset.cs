using System.Text.Json;
using System.Text.Json.Serialization;
using Vlm;
using Vlm.Grpo;
using Vlm.LatentActions;

/// <summary>
/// Settings of latent actions that seldom change: a JSON file such as recipes/latent-paper.json sets any of them in its field
/// "preset", by their names in lower case with dashes. What it leaves out stays as here.
/// </summary>
sealed record LatentPreset
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
        PreferredObjectCreationHandling = JsonObjectCreationHandling.Populate,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        IgnoreReadOnlyProperties = true,
        WriteIndented = true,
    };

    /// <summary>Loss weights and masks of the stages.</summary>
    public LatentObjective Objective { get; init; } = new();

    /// <summary>How the policy over codes samples, scores and is credited.</summary>
    public LatentPolicyOptions Policy { get; init; } = new()
    {
        Credit = CodeCredit.MarginalisedOverEquivalentCodes,
        Greedy = GreedyCode.MostProbableToken,
    };

    /// <summary>What the output layer reads of the world model.</summary>
    public ReadOut ReadOut { get; init; } = ReadOut.Residual;

    /// <summary>Standard deviation of new weights, above 0; null takes 1 / sqrt(inputs).</summary>
    public double? InitStd { get; init; }

    /// <summary>Whose codes the base is given in the task stage.</summary>
    public TaskCodes TaskCodes { get; init; } = TaskCodes.Inverse;

    /// <summary>What of the base the task stage trains.</summary>
    public TaskParameters TaskParameters { get; init; } = new();

    /// <summary>What of the base reinforcement over tokens trains.</summary>
    public TaskParameters TokenParameters { get; init; } = new() { Vision = true };

    /// <summary>Include prompt tokens in the losses of the stages, not only answers.</summary>
    public bool TrainPrompts { get; init; }

    /// <summary>Share of training answers by a second annotator, who names the object for a word and draws loose boxes; 0 to 1.</summary>
    public double AlternateAnnotatorRate { get; init; } = 0.6;

    /// <summary>Learning rate and schedule of stages that do not follow --rate.</summary>
    public Dictionary<LatentStage, StageSchedule> Stages { get; init; } = [];

    /// <summary>Sample among this many most probable codes; 0 follows grpo's top-k.</summary>
    public int CodeTopK { get; init; }

    /// <summary>What Dr. GRPO divides a reward's difference by; the paper by nothing.</summary>
    public AdvantageScale DrGrpoScale { get; init; } = AdvantageScale.None;

    /// <summary>Reinforcement, but for what has an option of its own; see <see cref="ReinforceOptions.Of"/>.</summary>
    public GrpoOptions Grpo { get; init; } = new()
    {
        WarmupSteps = 5,
        LrScheduler = ScheduleShape.Linear,
        MinLrRate = 0.1,
        MicroBatchSize = 64,
        AdamBeta2 = 0.99,
        LossAggregation = Aggregation.SeqMeanTokenMean,
    };

    /// <summary>PPO.</summary>
    public PpoOptions Ppo { get; init; } = new() { PpoEpochs = 2, CriticWarmup = 20 };

    /// <summary>Reads the preset of a run, and keeps a copy in its folder that a resumed run reads.</summary>
    /// <param name="path">The file, of the project or any other; null for the defaults.</param>
    /// <param name="run">The run.</param>
    /// <param name="credit">Which codes share an advantage; null for the preset's.</param>
    /// <exception cref="UsageException">The file is absent or broken, or a setting unknown or out of its range.</exception>
    internal static LatentPreset Of(string? path, Run run, CodeCredit? credit = null)
    {
        string kept = Path.Combine(run.Folder, "preset.json");
        LatentPreset preset = run.LatestCheckpoint is not null && File.Exists(kept) ? Read(kept) : Read(path);
        preset = preset with { Policy = preset.Policy with { Credit = credit ?? preset.Policy.Credit } };
        File.WriteAllText(kept, JsonSerializer.Serialize(new Dictionary<string, LatentPreset> { ["preset"] = preset }, s_json));
        return !run.Smoke ? preset : preset with
        {
            Grpo = preset.Grpo with { WarmupSteps = 0 },
            Ppo = preset.Ppo with { PpoEpochs = 2, CriticWarmup = 0 },
        };
    }

    /// <summary>Reads a file's preset.</summary>
    /// <param name="path">The file; null for the defaults.</param>
    /// <exception cref="UsageException">As for <see cref="Of"/>.</exception>
    internal static LatentPreset Read(string? path)
    {
        if (path is null)
            return new LatentPreset();
        string file = File.Exists(path) ? path : Machine.InProject(path);
        if (!File.Exists(file))
            throw new UsageException("there is no such preset", $"--preset {path}", "--preset recipes/latent-paper.json");
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllText(file), new() { CommentHandling = JsonCommentHandling.Skip });
            return json.RootElement.TryGetProperty("preset", out JsonElement preset)
                ? preset.Deserialize<LatentPreset>(s_json)!.Checked(file)
                : throw new UsageException("the file has no field \"preset\"", file, "--preset recipes/latent-paper.json");
        }
        catch (JsonException broken)
        {
            throw new UsageException($"the preset cannot be read: {broken.Message}", file, "see recipes/latent-paper.json for one that can");
        }
    }

    private LatentPreset Checked(string file)
    {
        ReinforceOptions.CheckPreset(Grpo, file);
        try
        {
            OptionsCheck.Validate(Grpo);
            OptionsCheck.Validate(Ppo);
        }
        catch (OptionException broken)
        {
            throw UsageException.Of(broken.Others.Prepend(broken).Select(one => new UsageException(one.Message, file, one.Fix)));
        }
        (bool Holds, string Rule)[] rules =
        [
            (Objective is { Entropy: >= 0, Projection: >= 0, Cycle: >= 0 }, "weights of \"objective\" must be >= 0"),
            (InitStd is null or > 0, "\"init-std\" must be > 0"),
            (AlternateAnnotatorRate is >= 0 and <= 1, "\"alternate-annotator-rate\" must be >= 0 and <= 1"),
            (TaskParameters.Layers is > 0 and <= 1, "\"layers\" of \"task-parameters\" must be > 0 and <= 1"),
            (TokenParameters.Layers is > 0 and <= 1, "\"layers\" of \"token-parameters\" must be > 0 and <= 1"),
            (CodeTopK >= 0, "\"code-top-k\" must be >= 0"),
            (Policy.TokenTemperature >= 0, "\"token-temperature\" of \"policy\" must be >= 0"),
            (Stages.Values.All(stage => stage is { Rate: > 0 and <= 1, Final: >= 0 and <= 1, Warmup: >= 0 and < 1 }),
                "a stage's \"rate\" must be > 0 and <= 1, \"final\" >= 0 and <= 1, \"warmup\" >= 0 and < 1"),
        ];
        foreach ((bool holds, string rule) in rules)
            if (!holds)
                throw new UsageException(rule, file, "see recipes/latent-paper.json for values that work");
        return this;
    }
}

/// <summary>Learning rate and schedule of one stage.</summary>
sealed record StageSchedule
{
    /// <summary>Peak learning rate.</summary>
    public required double Rate { get; init; }

    /// <summary>How it decays.</summary>
    public required ScheduleShape Shape { get; init; }

    /// <summary>Share of the peak that it decays to.</summary>
    public required double Final { get; init; }

    /// <summary>Share of the steps in which it rises.</summary>
    public required double Warmup { get; init; }

    internal Schedule Over(int steps) => new(Shape, Math.Min((int)Math.Ceiling(Warmup * steps), steps - 1), steps, Final);
}
