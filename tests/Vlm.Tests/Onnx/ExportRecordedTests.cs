using Vlm.Images;
using Vlm.Models;
using Vlm.Onnx.Export;
using Vlm.Onnx.Runtime;
using Vlm.Testing;
using Vlm.Tests.Images;
using static TorchSharp.torch;
using static Vlm.Tests.Onnx.SessionGraphs;

namespace Vlm.Tests.Onnx;

/// <summary>Exported graphs against what transformers recorded; and graphs that ONNX Runtime does not take.</summary>
public class ExportRecordedTests
{
    private static readonly ExportOptions s_unverified = new() { Check = false };

    // One image; two images beside one, padded on the left; text alone. Neither the engine nor the proof is asked.
    [Theory]
    [MemberData(nameof(ExportTests.Folders), MemberType = typeof(ExportTests))]
    public void Graphs_give_the_recorded_logits_and_tokens(string folder) => GraphRun.InFolder(place =>
    {
        ExportTests.Export(folder, place, s_unverified);
        using var graphs = OnnxCheckpoint.Load(place, new OnnxOptions { Threads = 1 });
        IPromptProcessor chats = graphs.Processor;
        string fixture = Fixtures.PathOf(folder);
        RgbImage[] images = [.. Directory.GetFiles(fixture, "img*.png").Order(StringComparer.Ordinal)
            .Select(file => ImageCodec.Decode(File.ReadAllBytes(file), file))];
        Message two = new("user", [
            new Content("Compare "), Content.Image, new Content(" and "), Content.Image,
            new Content(": which shape is bigger?"),
        ]);

        Same("case_a_single", chats.Prompt("a", [Message.User("What is in this image?", 1)], [images[0]]));
        Same("case_b_batch_leftpad", chats.Prompt("b", [two], [images[1], images[2]]),
            chats.Prompt("b", [Message.User("Describe 12 objects.", 1)], [images[0]]));
        Same("case_c_text_only", chats.Prompt("c", [Message.User("How many objects are there?")], []));
        return 0;

        void Same(string name, params Prompt[] prompts)
        {
            var recorded = new FixtureTensors(Path.Combine(fixture, $"{name}.safetensors"));
            int real = prompts.Min(prompt => prompt.Tokens.Length);      // of the shorter prompt; before it is padding
            Tensor logits = tensor(recorded.Floats("out.logits"))
                .reshape([.. recorded.Shape("out.logits").Select(size => (long)size)]);
            Assert.Equal(prompts.Max(prompt => prompt.Tokens.Length), logits.shape[1]);
            GraphRun.Near(logits.narrow(1, logits.shape[1] - real, real),
                graphs.Model.Logits(PromptBatch.LeftPadded(prompts, 512), real), 1e-3);

            Rollout[] given = graphs.Unrestricted().Sample(
                prompts, 1, new Sampling { Greedy = true, MaxNewTokens = 12 }, default);
            Assert.Equal(recorded.Integers("gen.ids"), given.SelectMany(row => row.Tokens).Select(token => (long)token));
            Assert.Equal(12 * prompts.Length, given.Sum(row => row.Tokens.Length));
        }
    });

    [Fact]
    public void A_graph_that_is_refused_while_it_is_proven_is_told_with_its_node() => Refused(
        file => Write(file, [Node("layers.1/gate", "Swiglu", ["x"], "y")], [Value("x", Floats, 2)], [Value("y", Floats, 2)]),
        error =>
        {
            Assert.StartsWith("ONNX Runtime refuses the graph: ", error.Message, StringComparison.Ordinal);
            Assert.Contains("layers.1/gate", error.Message, StringComparison.Ordinal);
            Assert.Equal(Path.Combine("onnx", "embed_tokens.onnx"), error.Where);
        });

    // Free axes: a row of ids times itself, which fails at the first prompt.
    [Fact]
    public void A_graph_that_fails_while_it_is_proven_is_told_with_its_node() => Refused(
        file => Write(file, [Node("the_product", "MatMul", ["input_ids", "input_ids"], "inputs_embeds")],
            [Value("input_ids", Integers, "b", "t")], [Value("inputs_embeds", Integers, "b", "t")]),
        error =>
        {
            Assert.StartsWith("ONNX Runtime fails in the graph: ", error.Message, StringComparison.Ordinal);
            Assert.Contains("the_product", error.Message, StringComparison.Ordinal);
            Assert.Equal(Path.Combine("onnx", "embed_tokens.onnx"), error.Where);
        });

    private static void Refused(Action<string> spoil, Action<UsageException> look) => GraphRun.InFolder(place =>
    {
        ExportTests.Export("tiny_smolvlm", place, s_unverified);
        spoil(Path.Combine(place, "onnx", "embed_tokens.onnx"));
        var engine = VlmCheckpoint.Load(Fixtures.PathOf("tiny_smolvlm"), CPU);

        UsageException error = Assert.Throws<UsageException>(
            () => OnnxExport.Prove(new ExportSource(engine, null), place, s_unverified.Precision));

        look(error);
        Assert.Contains("Check false", error.Fix, StringComparison.Ordinal);
        Assert.Equal(3, error.Render().Split('\n').Length);
        engine.Model.Dispose();
        return 0;
    });
}
