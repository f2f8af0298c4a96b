using System.Text.Json;
using System.Text.Json.Nodes;
using Recipes.Cli;
using Vlm.Grpo;

namespace Cli.Tests.Presets;

/// <summary>Published settings: files with their sources, between defaults and everything that a user says.</summary>
public sealed class PresetTests : IDisposable
{
    private readonly TestRecipe _recipe = new();
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("vlm-presets-");

    public void Dispose()
    {
        _recipe.Dispose();
        _files.Delete(recursive: true);
    }

    // A preset says what the objective is, and nothing of data, machine or budget.
    private static readonly string[] s_budget =
        ["steps", "epochs", "prompts-per-step", "micro-batch-size", "max-new-tokens", "warmup-steps", "model", "data", "eval", "seed"];

    private static readonly string[] s_ppo = ["gamma", "gae-lambda", "clip-range-value"],
        s_grpo = ["surrogate", "loss-aggregation", "beta", "group-size", "temperature", "learning-rate"];

    public static TheoryData<string, string> All =>
        [.. PublishedPreset.Names("grpo").Select(name => (name, "grpo")), .. PublishedPreset.Names("ppo").Select(name => (name, "ppo"))];

    [Fact]
    public void These_are_the_presets_and_each_file_is_one() => Assert.Equal(
        (60, 4, Directory.GetFiles(Machine.InProject(PublishedPreset.Folder)).Length),
        (PublishedPreset.Names("grpo").Length, PublishedPreset.Names("ppo").Length, All.Count));

    [Theory]
    [MemberData(nameof(All))]
    public void Each_names_its_source_and_all_of_the_objective(string name, string recipe)
    {
        JsonObject file = JsonNode.Parse(File.ReadAllText(Machine.InProject($"{PublishedPreset.Folder}/{name}.json")))!.AsObject();
        string[] options = [.. file["options"]!.AsObject().Select(item => item.Key)];
        PresetRunOptions read = PresetRunOptions.Of(name, recipe);

        Assert.Equal(["recipe", "comment", "source", "options"], file.Select(item => item.Key));
        Assert.Matches(@" at [0-9a-f]{7}[, ]|arXiv:\d{4}\.\d{5}|specification of this project", (string)file["source"]!);
        Assert.Empty(options.Intersect(s_budget));
        Assert.All(recipe == "ppo" ? s_ppo : s_grpo, needed => Assert.Contains(needed, options));
        if (recipe == "grpo")
            Assert.NotEqual(options.Contains("advantage-estimator"), options.Contains("scale-rewards"));
        Assert.True(read.Beta == 0 || options.Contains("kl-estimator"), name);
        Assert.Equal(options.Contains("epsilon"), options.Contains("epsilon-high"));
    }

    // What no loss shows: the authors' rates and temperatures, where they are not 1e-6 and 1, and what their toolkits pay where a reward
    // gave no score.
    private static readonly Dictionary<string, double> s_rates = new()
    {
        ["cola"] = 5e-7,
        ["ms-swift-reinforce-pp"] = 1e-5,
        ["ms-swift-rloo"] = 1e-5,
        ["ms-swift"] = 1e-5,
        ["trl-intellect-2"] = 3e-7,
        ["trl-ppo"] = 3e-6,
        ["verl-reinforce-pp-baseline"] = 3e-6,
        ["verl-reinforce-pp"] = 3e-6,
        ["vla-rl"] = 5e-6,
    };

    private static readonly Dictionary<string, double> s_temperatures = new()
    {
        ["gui-g1"] = 0.9,
        ["ms-swift-reinforce-pp"] = 0.9,
        ["ms-swift-rloo"] = 0.9,
        ["ms-swift"] = 0.9,
        ["trl-ppo"] = 0.7,
        ["vla-rl"] = 1.5,
    };

    [Theory]
    [MemberData(nameof(All))]
    public void Rates_temperatures_and_missing_scores_are_the_author_s(string name, string recipe)
    {
        PresetRunOptions read = PresetRunOptions.Of(name, recipe);

        if (name != "paper-003")
            Assert.Equal((s_rates.GetValueOrDefault(name, 1e-6), s_temperatures.GetValueOrDefault(name, 1)),
                (read.LearningRate, read.Sampling.Temperature));
        Assert.Equal(recipe == "ppo" ? UnscoredRewards.Exclude : name.StartsWith("trl-", StringComparison.Ordinal) ? UnscoredRewards.Partial
            : name.StartsWith("ms-swift", StringComparison.Ordinal) ? UnscoredRewards.Zero : UnscoredRewards.Exclude, read.UnscoredRewards);
    }

    // Range, dual clip, gamma and lambda, range of values, weights of entropy and divergence, passes.
    [Theory]
    [InlineData("paper-003", 0.2, 0.0, 1.0, 0.95, 0.2, 0.001, 0.0, 4)]
    [InlineData("trl-ppo", 0.2, 0.0, 1.0, 0.95, 0.2, 0.0, 0.05, 4)]
    [InlineData("verl-ppo", 0.2, 3.0, 1.0, 1.0, 0.5, 0.0, 0.0, 1)]
    [InlineData("vla-rl", 0.2, 0.0, 0.99, 0.95, 0.2, 0.0, 0.0, 1)]
    public void The_constants_of_PPO_are_the_author_s(string name, double range, double dual, double gamma, double lambda,
        double values, double entropy, double kl, int epochs)
    {
        PresetRunOptions read = PresetRunOptions.Of(name, "ppo");
        PpoOptions ppo = read.Ppo;

        Assert.Equal((range, range, dual, Aggregation.TokenMean), (read.Epsilon, read.EpsilonHigh, read.DualClip, read.LossAggregation));
        Assert.Equal((gamma, lambda, values, entropy, kl, epochs),
            (ppo.Gamma, ppo.GaeLambda, ppo.ClipRangeValue, ppo.EntropyCoef, ppo.KlCoef, ppo.PpoEpochs));
    }

    [Fact]
    public void Each_is_on_the_page_of_methods_with_its_source()
    {
        string[] page = File.ReadAllLines(Machine.InProject("docs/methods.md"));
        Assert.All(Directory.GetFiles(Machine.InProject(PublishedPreset.Folder)), path =>
        {
            string name = $"| `{Path.GetFileNameWithoutExtension(path)}` ";
            string line = Assert.Single(page, line => line.StartsWith(name, StringComparison.Ordinal));
            Assert.Contains((string)JsonNode.Parse(File.ReadAllText(path))!["source"]!, line, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_preset_is_stronger_than_defaults_and_weaker_than_a_file_and_what_is_typed()
    {
        string file = Path.Combine(_files.FullName, "file.json");
        File.WriteAllText(file, """{ "--epsilon": 0.3, "--beta": 0.1 }""");

        PresetRunOptions seen = Seen("--preset", "verl-grpo", "--options", file, "--beta", "0.5", "--group-size", "2");

        Assert.Equal((0.3, 0.5, 2, 3.0, 1e-6), (seen.Epsilon, seen.Beta, seen.GroupSize, seen.DualClip, seen.AdvantageEpsilon));
        Assert.Equal(("3", "preset"), Saved("dual-clip"));
        Assert.Equal(("0.3", "file"), Saved("epsilon"));
        Assert.Equal(("0.5", "command line"), Saved("beta"));
        Assert.Equal(("verl-grpo", "command line"), Saved("preset"));
        Assert.Equal("default", Saved("target-kl").Source);
    }

    [Fact]
    public void A_file_may_name_the_preset_and_a_smoke_run_stays_small()
    {
        string file = Path.Combine(_files.FullName, "file.json");
        File.WriteAllText(file, """{ "--preset": "gspo", "--epsilon": 0.5 }""");

        PresetRunOptions seen = Seen("--options", file, "--smoke");

        Assert.Equal((SurrogateLoss.Gspo, 0.5, 4e-4, 4), (seen.Surrogate, seen.Epsilon, seen.EpsilonHigh, seen.GroupSize));
    }

    [Fact]
    public void A_preset_that_is_typed_takes_the_place_of_that_of_a_file()
    {
        string file = Path.Combine(_files.FullName, "file.json");
        File.WriteAllText(file, """{ "--preset": "gspo" }""");

        PresetRunOptions seen = Seen("--options", file, "--preset", "verl-grpo");

        Assert.Equal((SurrogateLoss.PpoClip, 3.0), (seen.Surrogate, seen.DualClip));
    }

    // What the preset had set has been saved with the rest.
    [Fact]
    public void A_resumed_run_keeps_its_preset()
    {
        _ = Seen("--preset", "gspo");
        Assert.Equal(SurrogateLoss.Gspo, Seen("--resume").Surrogate);
        Assert.Equal(0.1, Seen("--resume", "--preset", "gspo", "--epsilon", "0.1").Epsilon);

        const string change = "the options that are to change, each by its flag";
        Refused("the run was started with the preset gspo, and goes on so", "--preset cispo", change, "--resume", "--preset", "cispo");
        Directory.Delete(_recipe.Folder, recursive: true);
        _ = Seen();
        Refused("the run was started without a preset, and goes on so", "--preset cispo", change, "--resume", "--preset", "cispo");
    }

    [Fact]
    public void An_unknown_name_lists_those_there_are_and_leads_to_the_nearest()
    {
        string names = string.Join(", ", PublishedPreset.Names("grpo"));
        Refused($"there is no preset \"gpso\"; grpo has {names}", "--preset gpso", "--preset gspo", "--preset", "gpso");
        Refused($"there is no preset \"nothing-known\"; grpo has {names}", "--preset nothing-known", null, "--preset", "nothing-known");
        Refused($"there is no preset \"../presets/gspo\"; grpo has {names}", "--preset ../presets/gspo", null, "--preset", "../presets/gspo");
        Refused("paper-003 is a preset of ppo, and not of grpo", "--preset paper-003", "./vlm ppo --preset paper-003", "--preset", "paper-003");
    }

    [Theory]
    [InlineData("""{ "recipe": "grpo", "optoins": {} }""", "a preset has no field \"optoins\"", "\"options\"")]
    [InlineData("""{ "options": { "beta": { "valeu": 1 } } }""", "\"beta\" has no field \"valeu\"", "\"value\"")]
    [InlineData("""{ "options": { "gruop-size": { "value": 4 } } }""", "grpo has no option --gruop-size", "\"--group-size\"")]
    [InlineData("""{ "options": { "epsilon": { "value": 7 } } }""", "--epsilon must be > 0 and <= 1, got 7", "--epsilon 0.2")]
    [InlineData("""{ "recipe": "grpo" }""", "the preset has no field \"options\"", "\"options\": { \"epsilon\": { \"value\": 0.2 } }")]
    [InlineData("""{ "options": [] }""", "the preset has no field \"options\"", null)]
    [InlineData("""{ "options": """, "the file is not JSON", null)]
    [InlineData("""{ "recipe": 3, "options": {} }""", "\"recipe\" must be the name of a recipe, got 3", "\"recipe\": \"grpo\"")]
    [InlineData("""{ "options": { "preset": { "value": "gspo" } } }""", "a preset takes no other preset, got",
        "the options of that preset, each by its name")]
    public void A_file_with_a_field_that_is_none_is_three_lines(string json, string says, string? fix)
    {
        string file = Path.Combine(_files.FullName, "mine.json");
        File.WriteAllText(file, json);

        int code = _recipe.RunAs<PresetRunOptions>(["--preset", file, "--out", _recipe.Folder], _ => Assert.Fail("the recipe ran"), "grpo");

        string[] lines = _recipe.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((2, 3), (code, lines.Length));
        Assert.StartsWith($"error: {says}", lines[0], StringComparison.Ordinal);
        Assert.Contains(file, lines[1], StringComparison.Ordinal);
        if (fix is not null)
            Assert.Equal($"  try: {fix}", lines[2]);
    }

    [Fact]
    public void A_file_of_one_s_own_is_a_preset()
    {
        string file = Path.Combine(_files.FullName, "mine.json");
        File.WriteAllText(file, """{ "source": "me", "options": { "epsilon": { "value": 0.11, "comment": "tried" }, "beta": 0.02 } }""");

        Assert.Equal((0.11, 0.02), (Seen("--preset", file).Epsilon, Seen("--resume").Beta));
        File.Delete(file);
        Assert.Equal(0.11, Seen("--resume", "--preset", file).Epsilon);
    }

    private PresetRunOptions Seen(params string[] words)
    {
        PresetRunOptions? seen = null;
        int code = _recipe.RunAs<PresetRunOptions>([.. words, "--out", _recipe.Folder], run => seen = run.Options, "grpo");
        Assert.True(code == 0, _recipe.Error);
        return seen!;
    }

    private void Refused(string problem, string where, string? fix, params string[] words)
    {
        int code = _recipe.RunAs<PresetRunOptions>([.. words, "--out", _recipe.Folder], _ => Assert.Fail("the recipe ran"), "grpo");

        string[] lines = _recipe.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((2, 3, $"error: {problem}", $"   at: {where}"), (code, lines.Length, lines[0], lines[1]));
        if (fix is not null)
            Assert.Equal($"  try: {fix}", lines[2]);
    }

    private (string Value, string Source) Saved(string name)
    {
        using JsonDocument json = JsonDocument.Parse(_recipe.Read("options.json"));
        JsonElement option = json.RootElement.GetProperty("options").GetProperty(name);
        return (option.GetProperty("value").ToString(), option.GetProperty("source").GetString()!);
    }
}
