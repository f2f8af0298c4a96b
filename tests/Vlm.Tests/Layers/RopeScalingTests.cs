using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Vlm.Checkpoints;
using Vlm.Layers;
using Vlm.Models;
using static TorchSharp.torch;

namespace Vlm.Tests.Layers;

/// <summary>Stretched rotary wavelengths against those of transformers 5.12.1, which golden/make_rope_scaling.py wrote.</summary>
public class RopeScalingTests
{
    public static TheoryData<string> Names => [.. Cases().Select(item => (string)item["name"]!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Frequencies_and_factor_are_the_references(string name)
    {
        using var scope = NewDisposeScope();
        JsonObject golden = Cases().Single(item => (string?)item["name"] == name);
        JsonReader config = Config(golden, "rope_parameters", (JsonObject)golden["rope"]!.DeepClone());

        (RopeScaling? scaling, int positions) = config.RopeScaling((int)golden["max_position_embeddings"]!);
        Tensor inverse = Rope.InverseFrequencies((int)golden["head_dim"]!, config.RopeTheta()!.Value, CPU, scaling);

        float[] expected = [.. golden["inverse"]!.AsArray().Select(value => (float)value!)];
        Assert.Equal((int)golden["max_position_embeddings"]!, positions);
        Assert.Equal((double)golden["attention_factor"]!, scaling!.AttentionFactor, 1e-12);
        // Two roundings of float32 in each frequency, one more in the weights of the mixture.
        Assert.All(expected.Zip(inverse.data<float>().ToArray()), pair => Assert.Equal(1, pair.Second / pair.First, 5e-7));
        Assert.NotEqual(expected, Rope.InverseFrequencies((int)golden["head_dim"]!, config.RopeTheta()!.Value, CPU).data<float>().ToArray());
    }

    // theta 10, width 4: the second frequency is 10^-(2/4) = 0.31623; a quarter of it is 0.079057.
    [Fact]
    public void An_older_file_has_the_same_fields_elsewhere()
    {
        JsonReader old = Config(new JsonObject { ["rope_theta"] = 10 }, "rope_scaling",
            new JsonObject { ["type"] = "linear", ["factor"] = 4 });

        float[] inverse = Rope.InverseFrequencies(4, old.RopeTheta()!.Value, CPU, old.RopeScaling(64).Scaling).data<float>().ToArray();

        Assert.Equal(0.25f, inverse[0], 1e-7f);
        Assert.Equal(0.0790569f, inverse[1], 1e-7f);
    }

    [Theory]
    [InlineData("{}", 512)]
    [InlineData("""{ "rope_type": "default" }""", 512)]
    [InlineData("""{ "type": "mrope", "mrope_section": [2, 3, 3] }""", 512)]
    [InlineData("""{ "type": "dynamic", "factor": 4 }""", 512)]
    [InlineData("""{ "type": "dynamic", "factor": 4, "original_max_position_embeddings": 128 }""", 128)]
    public void What_does_not_stretch_prompts_of_the_first_length_is_plain(string rope, int positions) =>
        Assert.Equal((null, positions), Config([], "rope_scaling", (JsonObject)JsonNode.Parse(rope)!).RopeScaling(512));

    // Sines and cosines carry the factor: cos 0 = 1, and sin(pi/2) = 1 with the sign of its half.
    [Fact]
    public void The_factor_is_on_sines_and_cosines()
    {
        using var scope = NewDisposeScope();
        Rope rope = Rope.FromAngles(tensor([0f, MathF.PI / 2]).view(1, 1, 2), new RopeScaling.Yarn(4, 64, 32, 1, true, Attention: 1.5));

        Assert.Equal([1.5f, 0, 1.5f, 0], Rounded(rope.Cos));
        Assert.Equal([0, -1.5f, 0, 1.5f], Rounded(rope.Sin));

        static float[] Rounded(Tensor values) =>
            [.. values.flatten().data<float>().ToArray().Select(value => MathF.Round(value, 5) + 0f)];
    }

    private static JsonReader Config(JsonObject outer, string name, JsonObject rope)
    {
        var json = new JsonObject { [name] = rope };
        if (outer["rope_theta"] is { } theta)
            json["rope_theta"] = theta.DeepClone();
        return JsonReader.Config(json, "config.json");
    }

    private static JsonObject[] Cases([CallerFilePath] string source = "") =>
    [
        .. HubFolder.ReadJson(Path.Combine(Path.GetDirectoryName(source)!, "golden", "rope_scaling.json"))["cases"]!
            .AsArray().OfType<JsonObject>(),
    ];
}
