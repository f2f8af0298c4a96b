using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using Vlm.Images;
using Vlm.LatentActions;
using Vlm.Models;
using Vlm.Onnx.Export;
using Vlm.Onnx.Runtime;
using Vlm.Testing;
using Vlm.Tests.Images;

namespace Vlm.Tests.Onnx;

/// <summary>Exported folders in onnxruntime-genai itself: the tokens that transformers recorded.</summary>
public class ExportGenaiClientTests
{
    private const int NewTokens = 12;
    private static readonly ExportOptions s_genai = new() { For = ExportClient.OnnxruntimeGenai, Check = false };

    // One image, two, one again, none: from files, by the client's own decoder, resizing, tokenizer and positions.
    [Theory]
    [InlineData("tiny_qwen2_vl", false)]
    [InlineData("tiny_qwen2_vl", true)]
    [InlineData("tiny_qwen2_5_vl", false)]
    [InlineData("tiny_qwen2_5_vl", true)]
    [InlineData("tiny_qwen3_vl", false)]
    [InlineData("tiny_qwen3_vl", true)]
    public void The_client_generates_the_recorded_tokens(string folder, bool half) => GraphRun.InFolder(place =>
    {
        ExportTests.Export(folder, place, s_genai with { Half = half });

        GenaiClient.Answer[] given = GenaiClient.Ask(place, NewTokens, Questions(folder));

        (int[] Prompt, int[] Tokens)[] expected =
            [.. ((string[])["case_a_single", "case_b_batch_leftpad", "case_c_text_only"]).SelectMany(name => Recorded(folder, name))];
        Assert.Equal(4, expected.Length);
        foreach ((GenaiClient.Answer answer, (int[] prompt, int[] tokens)) in given.Zip(expected))
        {
            Assert.Equal(prompt, answer.Prompt);
            Assert.Equal(NewTokens, tokens.Length);
            Assert.Equal(tokens, answer.Tokens);
        }
        return 0;
    });

    // The client hands images of one size to the tower at once, and others one by one.
    [Theory]
    [InlineData("tiny_qwen2_vl")]
    [InlineData("tiny_qwen2_5_vl")]
    [InlineData("tiny_qwen3_vl")]
    public void Two_images_of_one_size_are_read_as_by_the_engine(string folder) => GraphRun.InFolder(place =>
    {
        var engine = VlmCheckpoint.Load(Fixtures.PathOf(folder), torch.CPU);
        OnnxExport.Write(engine, Path.Combine(place, "model"), s_genai);
        RgbImage[] images = [Image(32, 40), Image(32, 40, step: 17)];
        Prompt prompt = engine.Processor.Prompt("two", [Message.User("Which of the two is larger?", 2)], [.. images]);
        int[] expected = engine.Unrestricted().Sample(
            [prompt], 1, new Sampling { Greedy = true, MaxNewTokens = NewTokens }, default)[0].Tokens;

        GenaiClient.Answer given = GenaiClient.Ask(Path.Combine(place, "model"), NewTokens,
            (prompt.Text, [.. images.Select((image, i) => Written(Path.Combine(place, $"{i}.png"), image))]))[0];

        Assert.Equal(prompt.Tokens, given.Prompt);
        Assert.Equal(expected, given.Tokens);
        engine.Model.Dispose();
        return 0;
    });

    // Where ONNX Runtime is told to round nothing but weights, the client answers as the graph is written. By itself it also
    // rounds what enters the layers, which moves logits by up to 0.3: then the answer about two images begins alike, whose
    // first token is 0.7 or more above all others. Images are of sizes that stay as they are: resizing is another question.
    [Theory]
    [InlineData("tiny_qwen2_vl", false)]
    [InlineData("tiny_qwen2_vl", true)]
    [InlineData("tiny_qwen2_5_vl", false)]
    [InlineData("tiny_qwen2_5_vl", true)]
    [InlineData("tiny_qwen3_vl", false)]
    [InlineData("tiny_qwen3_vl", true)]
    public void The_client_answers_with_bytes_as_the_graph_is_written(string folder, bool half) => GraphRun.InFolder(place =>
    {
        ExportTests.Export(folder, place, s_genai with { Int8 = true, Half = half });
        RgbImage[] images = [Image(48, 32), Image(24, 40)];
        string[] files = [.. images.Select((image, i) => Written(Path.Combine(place, $"{i}.png"), image))];
        using var graphs = OnnxCheckpoint.Load(place, new OnnxOptions { Threads = 1, Optimisation = GraphOptimizationLevel.ORT_DISABLE_ALL });
        Prompt[] prompts =
        [
            graphs.Processor.Prompt("one", [Message.User("What is in this image?", 1)], [images[0]]),
            graphs.Processor.Prompt("two", [Message.User("Which of the two is larger?", 2)], [.. images]),
            graphs.Processor.Prompt("none", [Message.User("How many objects are there?")], []),
        ];
        int[][] expected = [.. prompts.Select(prompt => graphs.Unrestricted().Sample(
            [prompt], 1, new Sampling { Greedy = true, MaxNewTokens = NewTokens }, default)[0].Tokens)];

        GenaiClient.Answer[] quick = Ask();
        JsonObject config = ExportTests.Json(place, "genai_config.json");
        foreach (string part in (string[])["vision", "embedding", "decoder"])
            config["model"]![part]!["session_options"]!["session.qdq_matmulnbits_accuracy_level"] = "1";
        File.WriteAllText(Path.Combine(place, "genai_config.json"), config.ToJsonString());
        GenaiClient.Answer[] given = Ask();

        Assert.Equal(prompts.Select(prompt => prompt.Tokens), given.Select(answer => answer.Prompt));
        Assert.Equal(expected, given.Select(answer => answer.Tokens));
        Assert.Equal(expected[1][0], quick[1].Tokens[0]);
        Assert.Contains("DequantizeLinear", File.ReadAllText(Path.Combine(place, "model.onnx")), StringComparison.Ordinal);
        return 0;

        GenaiClient.Answer[] Ask() => GenaiClient.Ask(
            place, NewTokens, (prompts[0].Text, files[..1]), (prompts[1].Text, files), (prompts[2].Text, []));
    });

    // Codes are nothing to the client: it feeds none of their inputs, and keeps the caches that it is told of.
    [Theory]
    [InlineData("tiny_qwen2_5_vl")]
    [InlineData("tiny_qwen3_vl")]
    public void The_client_generates_by_the_likeliest_codes(string folder) => ExportLatentTests.Exported(folder, s_genai, (latent, place) =>
    {
        string file = Images(Fixtures.PathOf(folder))[0];
        Prompt prompt = latent.Base.Processor.Prompt(
            "a", [Message.User("What is in this image?", 1)], [ImageCodec.Decode(File.ReadAllBytes(file), file)]);
        var engine = new LatentPolicy(latent.Base.Model, latent.Modules, latent.Base.Decode, latent.Base.EndTokens);
        Rollout expected = engine.Sample([prompt], 1, new Sampling { Greedy = true, MaxNewTokens = NewTokens }, default)[0];

        GenaiClient.Answer given = GenaiClient.Ask(place, NewTokens, (prompt.Text, [file]))[0];

        Assert.Equal(prompt.Tokens, given.Prompt);
        Assert.Equal(expected.Tokens, given.Tokens);
        Assert.InRange(expected.Actions.Distinct().Count(), 2, 12);
    });

    private static RgbImage Image(int width, int height, int step = 31) => new(width, height,
        [.. Enumerable.Range(0, 3 * width * height).Select(i => (byte)(i * step / 3 % 256))]);

    private static string Written(string file, RgbImage image)
    {
        File.WriteAllBytes(file, PngEncoder.Encode(image));
        return file;
    }

    private static (string, string[])[] Questions(string folder)
    {
        string fixture = Fixtures.PathOf(folder);
        string[] images = Images(fixture);
        JsonNode chats = JsonNode.Parse(File.ReadAllText(Path.Combine(fixture, "cases.json")))!["rendered"]!;
        return [(Chat("a", 0), [images[0]]), (Chat("b", 0), images[1..3]), (Chat("b", 1), [images[0]]), (Chat("c", 0), [])];

        string Chat(string name, int row) => chats[name]![row]!.GetValue<string>();
    }

    private static string[] Images(string fixture) =>
        [.. Directory.GetFiles(fixture, "img*.png").Order(StringComparer.Ordinal)];

    // Prompts without their padding, row by row.
    private static IEnumerable<(int[] Prompt, int[] Tokens)> Recorded(string folder, string name)
    {
        var recorded = new FixtureTensors(Fixtures.PathOf(folder, $"{name}.safetensors"));
        long[] ids = recorded.Integers("in.input_ids"), real = recorded.Integers("in.attention_mask");
        int length = (int)recorded.Shape("in.input_ids")[1], rows = (int)recorded.Shape("in.input_ids")[0];
        for (int row = 0; row < rows; row++)
            yield return (
                [.. ids.Zip(real).Skip(row * length).Take(length).Where(item => item.Second == 1).Select(item => (int)item.First)],
                [.. recorded.Integers("gen.ids").Skip(row * NewTokens).Take(NewTokens).Select(id => (int)id)]);
    }
}
