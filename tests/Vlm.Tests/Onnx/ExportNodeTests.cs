using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Vlm.Images;
using Vlm.LatentActions;
using Vlm.Testing;
using Vlm.Tests.Images;

namespace Vlm.Tests.Onnx;

/// <summary>Exported folders in transformers.js, the published package, under Node: the tokens that transformers recorded.</summary>
public class ExportNodeTests
{
    private const string Question = "What is in this image?";

    // Pixel values come from the recording: transformers.js resizes images otherwise than PIL.
    [NodeTheory]
    [InlineData("tiny_smolvlm", true)]
    [InlineData("tiny_smolvlm", false)]
    [InlineData("tiny_idefics3_sharded", true)]
    [InlineData("tiny_qwen2_vl", false)]
    [InlineData("tiny_qwen2_5_vl", false)]
    [InlineData("tiny_qwen3_vl", false)]
    public void Transformers_js_generates_the_recorded_tokens(string folder, bool visionToSequence) => GraphRun.InFolder(place =>
    {
        string exported = Path.Combine(place, "model");
        ExportTests.Export(folder, exported, new() { Check = false });
        JsonNode cases = JsonNode.Parse(File.ReadAllText(Fixtures.PathOf(folder, "cases.json")))!;
        var recorded = new FixtureTensors(Fixtures.PathOf(folder, "case_a_single.safetensors"));
        long[] expected = recorded.Integers("gen.ids");

        JsonNode given = Generate(place, exported, new JsonObject
        {
            ["vision2seq"] = visionToSequence,
            ["count"] = expected.Length,
            ["messages"] = JsonNode.Parse(
                $$"""[{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "{{Question}}"}]}]"""),
            ["text"] = cases["decoded"]!["a"]![0]!.GetValue<string>(),
            ["inputs"] = Inputs(recorded, folder.Contains("qwen", StringComparison.Ordinal)),
        });

        Assert.Equal(12, expected.Length);
        Assert.Equal(expected, Numbers(given["ids"]!));
        Assert.Equal(recorded.Integers("in.input_ids"), Numbers(given["text"]!));
        Assert.Equal(cases["rendered"]!["a"]![0]!.GetValue<string>(), given["chat"]!.GetValue<string>());
        return 0;
    });

    // Codes are nothing to the client: it feeds none of their inputs, and keeps caches as the configuration says. The engine
    // takes the most probable codes of the same prompt; rows that no token owns are the client's to sample.
    [NodeTheory]
    [InlineData("tiny_smolvlm")]
    [InlineData("tiny_qwen2_vl")]
    [InlineData("tiny_qwen3_vl")]
    public void Transformers_js_generates_by_the_likeliest_codes(string folder) => ExportLatentTests.Exported(
        folder, new() { Check = false }, (latent, exported) =>
    {
        string fixture = Fixtures.PathOf(folder), image = Path.Combine(fixture, "img0_50x34.png");
        var recorded = new FixtureTensors(Path.Combine(fixture, "case_a_single.safetensors"));
        Prompt prompt = latent.Base.Processor.Prompt(
            "a", [Message.User(Question, 1)], [ImageCodec.Decode(File.ReadAllBytes(image), image)]);
        var engine = new LatentPolicy(latent.Base.Model, latent.Modules, latent.Base.Decode, latent.Base.EndTokens);
        Rollout expected = engine.Sample([prompt], 1, new Sampling { Greedy = true, MaxNewTokens = 12 }, default)[0];

        JsonNode given = Generate(Path.GetDirectoryName(exported)!, exported, new JsonObject
        {
            ["vision2seq"] = false,
            ["count"] = 12,
            ["messages"] = JsonNode.Parse("""[{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]"""),
            ["text"] = "Hi",
            ["inputs"] = Inputs(recorded, folder.Contains("qwen", StringComparison.Ordinal)),
        });

        Assert.Equal(recorded.Integers("in.input_ids"), prompt.Tokens.Select(token => (long)token));
        Assert.Equal(expected.Tokens.Select(token => (long)token), Numbers(given["ids"]!));
        Assert.InRange(expected.Actions.Distinct().Count(), 2, 12);
    });

    private static long[] Numbers(JsonNode json) => [.. json.AsArray().Select(item => item!.GetValue<long>())];

    private static JsonObject Inputs(FixtureTensors recorded, bool qwen)
    {
        JsonObject Of(string name, string type, IEnumerable<JsonNode> values) => new()
        {
            ["type"] = type,
            ["values"] = new JsonArray([.. values]),
            ["shape"] = new JsonArray([.. recorded.Shape(name).Select(size => (JsonNode)size)]),
        };
        JsonObject Whole(string name, string type = "int64") =>
            Of(name, type, recorded.Integers(name).Select(value => (JsonNode)value));

        var inputs = new JsonObject
        {
            ["input_ids"] = Whole("in.input_ids"),
            ["attention_mask"] = Whole("in.attention_mask"),
            ["pixel_values"] = Of("in.pixel_values", "float32", recorded.Floats("in.pixel_values").Select(value => (JsonNode)value)),
        };
        if (qwen)
            inputs["image_grid_thw"] = Whole("in.image_grid_thw");
        else
            inputs["pixel_attention_mask"] = Whole("in.pixel_attention_mask", "bool");
        return inputs;
    }

    private static JsonNode Generate(string place, string exported, JsonObject inputs)
    {
        string file = Path.Combine(place, "inputs.json");
        File.WriteAllText(file, inputs.ToJsonString());
        var start = new ProcessStartInfo("node", [NodeTheoryAttribute.Script!, exported, file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process node = Process.Start(start)!;
        Task<string> errors = node.StandardError.ReadToEndAsync();
        string output = node.StandardOutput.ReadToEnd();
        node.WaitForExit();
        Assert.True(node.ExitCode == 0, errors.Result + output);
        return JsonNode.Parse(output[output.LastIndexOf("{\"chat\"", StringComparison.Ordinal)..])!;
    }
}

/// <summary>A theory that needs node and its packages, and says which is absent.</summary>
internal sealed class NodeTheoryAttribute : TheoryAttribute
{
    public NodeTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip =
        Script is null ? "skipped: there is no node_modules/@huggingface/transformers; npm ci --include=dev brings it"
        : !HasNode() ? "skipped: there is no node" : null;

    /// <summary>transformers.mjs beside the tests' sources, from where node finds the project's packages; or null.</summary>
    public static string? Script { get; } = Find();

    private static string? Find()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "Vlm.sln")))
                return Directory.Exists(Path.Combine(at.FullName, "node_modules", "@huggingface", "transformers"))
                    ? Path.Combine(at.FullName, "tests", "Vlm.Tests", "Onnx", "transformers.mjs") : null;
        return null;
    }

    private static bool HasNode() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, "node")));
}
