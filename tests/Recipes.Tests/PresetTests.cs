using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.LatentActions;

namespace Recipes.Tests;

/// <summary>Files of options beside the recipes, each a recipe with other values.</summary>
[Collection(nameof(RecipeRunsGroup))]
public class PresetTests(RecipeRuns runs)
{
    private const string Paper = "latent-paper";

    // Settings of the file that are the defaults here, and that the recipes are compared by.
    private static readonly string[] s_said = ["grpo.sampling.temperature"];

    private static string PaperFile => Repository.PathOf("recipes", Paper + ".json");

    [Fact]
    public void These_are_the_files_and_the_command_lists_them()
    {
        Assert.Equal(["grpo-nlvr", "grpo-shapes", Paper, "sft-nlvr"], Repository.Presets);
        Assert.Matches($@"(?m)^  {Paper} +latent-ablations with the settings of \S.+$", Repository.Vlm().Output);
    }

    // An option that is set to what it is anyway says why.
    [Theory]
    [InlineData("grpo-nlvr")]
    [InlineData("grpo-shapes")]
    [InlineData(Paper)]
    [InlineData("sft-nlvr")]
    public void Each_option_exists_and_differs_from_the_default_or_says_why_not(string preset)
    {
        JsonObject file = Json(Repository.PathOf("recipes", preset + ".json"));
        string help = Repository.Vlm((string)file["recipe"]!, "--help").Output;
        (string Name, JsonNode Option)[] options = [.. file["options"]!.AsObject().Select(item => (item.Key, item.Value!))];

        Assert.InRange(options.Length, 10, 30);
        Assert.All(options, item =>
        {
            Match line = Regex.Match(help, $@"(?m)^  --{item.Name}( <[^>]+>)?  .*?(\(.*default (?<usual>[^;)]+).*)?$");
            Assert.True(line.Success, item.Name);
            Assert.True(item.Option["comment"] is not null || !Same(line.Groups["usual"].Value, item.Option["value"]!), item.Name);
        });
    }

    // The preset of a run without one holds every setting with its default.
    [Fact]
    public void Each_setting_of_the_preset_exists_and_differs_from_the_default_or_says_why_not()
    {
        JsonObject file = Json(PaperFile), usual = Json(runs.PathOf(runs.Learned, "preset.json"));
        Dictionary<string, string> given = Leaves(file["preset"]!), defaults = Leaves(usual["preset"]!);
        string[] comments = [.. file["preset-comments"]!.AsObject().Select(item => item.Key)];

        Assert.InRange(given.Count, 35, 60);
        Assert.All(given.Where(item => !item.Key.StartsWith("stages.", StringComparison.Ordinal)), item =>
        {
            Assert.True(defaults.ContainsKey(item.Key), item.Key);
            Assert.True(defaults[item.Key] != item.Value || comments.Contains(item.Key) || s_said.Contains(item.Key), item.Key);
        });
        Assert.All(comments, name => Assert.Contains(given.Keys, key => key == name || key.StartsWith(name + ".", StringComparison.Ordinal)));
    }

    // The command gives the recipe the file, so that another one is the second.
    [Fact]
    public void The_command_runs_the_recipe_with_the_file()
    {
        Outcome outcome = Repository.Vlm(Paper, "--options", "other.json");

        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("error: --options is given 2 times and takes one value\n   at: --options "
            + Repository.PathOf("recipes", Paper + ".json"), outcome.Errors, StringComparison.Ordinal);
    }

    // Of 17 steps the first is the base's, the second the task's over tokens, the 11th the task's given codes, and the 13th ends
    // GRPO over codes. Two ninths of the shipped model's four layers are the last one.
    [Fact]
    public void A_small_run_as_released_trains_what_the_file_says()
    {
        Outcome run = runs.Run("latent-ablations", "--smoke", "--options", PaperFile, "--ablations", "none",
            "--model", Repository.PathOf("recipes", "warm-start"), "--token-learning-rate", "0.01", "--out", Paper);
        Assert.True(run.ExitCode == 0, run.Errors);

        JsonObject saved = Json(runs.PathOf(Paper, "options.json"))["options"]!.AsObject();
        Assert.All(Json(PaperFile)["options"]!.AsObject().Where(item => item.Key != "token-learning-rate"), item => Assert.True(
            Text(saved[item.Key]!["source"]!) == "smoke"
                || Text(saved[item.Key]!["source"]!) == "file" && Same(Text(saved[item.Key]!["value"]!), item.Value!["value"]!),
            item.Key));
        Dictionary<string, string> kept = Leaves(Json(runs.PathOf(Paper, "preset.json"))["preset"]!);
        Assert.All(Leaves(Json(PaperFile)["preset"]!), item => Assert.True(Same(kept[item.Key], JsonValue.Create(item.Value)), item.Key));

        // The task's own rate; a rate that was typed over the file's, and what it moved the tokens' policy from its reference.
        JsonObject[] steps = [.. File.ReadLines(runs.PathOf(Paper, "metrics.jsonl")).Select(line => JsonNode.Parse(line)!.AsObject())];
        Assert.Equal([5e-5, 0.01, 0.01], steps[1..4].Select(step => (double)step["learning_rate"]!));
        Assert.Equal(0, (double)steps[2]["kl"]!, 1e-6);
        Assert.InRange((double)steps[3]["kl"]!, 1e-6, 1e3);

        foreach (int task in (int[])[2, 11])
        {
            string[] moved = Moved(1, task);
            Assert.Contains(moved, name => name.Contains(".vision_model.", StringComparison.Ordinal));
            Assert.Contains(moved, name => name.Contains("text_model.layers.3.", StringComparison.Ordinal));
            Assert.Contains(moved, name => name.EndsWith("text_model.norm.weight", StringComparison.Ordinal));
            Assert.Contains(moved, name => name.EndsWith("embed_tokens.weight", StringComparison.Ordinal));
            Assert.All(moved, name => Assert.DoesNotMatch(@"text_model\.layers\.[012]\.", name));
        }
        string[] byTokens = Moved(2, 4);
        Assert.Contains(byTokens, name => name.Contains("text_model.layers.3.", StringComparison.Ordinal));
        Assert.Contains(byTokens, name => name.EndsWith("embed_tokens.weight", StringComparison.Ordinal));
        Assert.All(byTokens, name => Assert.DoesNotMatch(@"text_model\.layers\.[012]\.|vision_model|connector", name));
        LatentConfig config = LatentConfig.Read(Json(Checkpoint(13, LatentCheckpoint.ConfigFile)), "");
        Assert.Equal(new LatentConfig { Codes = 128, InverseLayers = 1, PolicyLayers = 1, ReadOut = ReadOut.LastBlock }, config);
        using SafetensorsFile moments = SafetensorsFile.Open(Checkpoint(13, "optimizer.safetensors"));
        Assert.Contains(moments.Entries.Keys, name => name.EndsWith("text_model.norm.weight.exp_avg", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{ "preset": { "objectiv": {} } }""", "objectiv")]
    [InlineData("""{ "preset": { "objective": { "width": "median" } } }""", "width")]
    [InlineData("""{ "preset": { "objective": { "cycle": -1 } } }""", "weights of \"objective\" must be >= 0")]
    [InlineData("""{ "preset": { "task-parameters": { "layers": 0 } } }""", "\"layers\" of \"task-parameters\" must be > 0 and <= 1")]
    [InlineData("""{ "preset": { "token-parameters": { "layers": 2 } } }""", "\"layers\" of \"token-parameters\" must be > 0 and <= 1")]
    [InlineData("""{ "preset": { "stages": { "cycle": { "rate": 1e-3 } } } }""", "shape")]
    [InlineData("""{ "preset": { "stages": { "cycles": {} } } }""", "cycles")]
    [InlineData("""{ "preset": { "stages": { "cycle": { "rate": 0, "shape": "linear", "final": 0, "warmup": 0 } } } }""", "a stage's \"rate\" must be > 0")]
    [InlineData("""{ "preset": { "grpo": { "beta": 0.1 } } }""", "beta are options")]
    [InlineData("""{ "options": { } }""", "the file has no field \"preset\"")]
    [InlineData("""{ "preset": """, "the preset cannot be read")]
    public void A_preset_that_cannot_work_is_refused_before_anything_is_written(string json, string says)
    {
        string file = runs.PathOf($"preset-{Guid.NewGuid():N}.json");
        File.WriteAllText(file, json);

        Outcome outcome = runs.Run("latent-grpo", "--smoke", "--preset", file, "--out", "no-preset");

        Assert.Matches(@"\Aerror: .+\n   at: .+\n  try: .+\n\z", outcome.Errors);
        Assert.Contains(says, outcome.Errors.Split('\n')[0], StringComparison.Ordinal);
        Assert.Contains($"at: {file}\n", outcome.Errors, StringComparison.Ordinal);
        Assert.Equal(2, outcome.ExitCode);
        Assert.False(Directory.Exists(runs.PathOf("no-preset")));
    }

    [Fact]
    public void A_preset_that_is_absent_is_refused()
    {
        Outcome outcome = runs.Run("latent-learn", "--smoke", "--preset", "nowhere.json", "--out", "no-preset");

        Assert.Equal("error: there is no such preset\n   at: --preset nowhere.json\n  try: --preset recipes/latent-paper.json\n", outcome.Errors);
        Assert.Equal(2, outcome.ExitCode);
    }

    private string[] Moved(int from, int to)
    {
        using SafetensorsFile before = SafetensorsFile.Open(Checkpoint(from, "model.safetensors"));
        using SafetensorsFile after = SafetensorsFile.Open(Checkpoint(to, "model.safetensors"));
        return [.. before.Entries.Keys.Where(name =>
            !before.Load(name, torch.CPU).equal(after.Load(name, torch.CPU)).all().item<bool>())];
    }

    private string Checkpoint(int step, string file) => runs.PathOf(Paper, "checkpoints", $"step-{step}", file);

    private static string Text(JsonNode node) => node.ToString();

    private static bool Same(string one, JsonNode other) => one == Text(other) || Number(one) is { } a && a == Number(Text(other));

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;

    // Every value by the path to it.
    private static Dictionary<string, string> Leaves(JsonNode? node, string path = "") => node is JsonObject json
        ? json.SelectMany(item => Leaves(item.Value, path == "" ? item.Key : $"{path}.{item.Key}")).ToDictionary()
        : new() { [path] = node is null ? "null" : Text(node) };

    private static JsonObject Json(string path) => JsonNode.Parse(File.ReadAllText(path))!.AsObject();
}
