using Vlm.Images;
using Vlm.Layers;
using Vlm.Models;
using Vlm.Onnx.Graph;
using Vlm.Onnx.Runtime;
using Vlm.Text;
using static TorchSharp.torch;

namespace Vlm.Onnx.Export;

/// <summary>Runs written graphs in ONNX Runtime against the engine: the same logits, the same greedy tokens.</summary>
internal static class ExportProof
{
    /// <summary>The largest difference of logits in float32.</summary>
    public const double Tolerance = 1e-3;

    // float16 keeps 11 bits, and errors add up over the layers: this share of the largest logit.
    private const double HalfShare = 0.02;

    private const int NewTokens = 12, Places = 64;

    /// <summary>Compares on text alone, one picture, several, and a batch of different lengths.</summary>
    /// <param name="engine">What was exported.</param>
    /// <param name="folder">Where it is.</param>
    /// <param name="numbers">What the graphs compute in.</param>
    /// <exception cref="UsageException">ONNX Runtime is missing, or refuses a graph.</exception>
    public static ExportCheck Run(VlmCheckpoint engine, string folder, ExportNumbers numbers)
    {
        using OnnxCheckpoint graphs = OnnxCheckpoint.Load(folder, suffix: numbers.Suffix);
        (RgbImage wide, RgbImage tall) = (Picture(48, 32), Picture(20, 44));
        (string Id, Message[] Messages, RgbImage[] Images)[] asked =
        [
            ("text", [Message.User("How many objects are there?")], []),
            ("one image", [Message.User("What is it?", 1)], [wide]),
            ("several images", [Message.User("Which of the two is larger?", 2)], [tall, wide]),
        ];
        var cases = asked.Select(item => (item.Id, Prompts: new[] { item })).ToList();
        cases.Add(("left-padded batch", asked[..2]));
        return new ExportCheck([.. cases.Select(item => Case(item.Id,
            [.. item.Prompts.Select(chat => engine.Processor.Prompt(chat.Id, chat.Messages, chat.Images))],
            [.. item.Prompts.Select(chat => graphs.Processor.Prompt(chat.Id, chat.Messages, chat.Images))]))]);

        ExportCase Case(string name, Prompt[] own, Prompt[] exported)
        {
            using var scope = NewDisposeScope();
            using IDisposable constant = no_grad();
            PromptBatch batch = PromptBatch.LeftPadded(own, engine.Model.Context);
            int places = Math.Min(Places, batch.Length);
            Tensor expected = Logits(engine.Model, own, places);
            Tensor given = graphs.Model.Logits(PromptBatch.LeftPadded(exported, engine.Model.Context), places);
            (int tokens, int same) = Greedy(engine, graphs, own, exported);
            double? allowed = numbers.Int8 ? null : numbers.Activations == OnnxType.Float ? Tolerance
                : HalfShare * expected.abs().max().item<float>();
            return new ExportCase(name, Difference(expected, given, batch), allowed, tokens, same);
        }
    }

    // [P, places, V] of the last tokens.
    private static Tensor Logits(IVisionLanguageModel model, Prompt[] prompts, int places)
    {
        Tensor hidden = model.Prefill(prompts, new KvCache(model.Layers)).Hidden;
        return model.Logits(hidden.narrow(1, hidden.shape[1] - places, places)).to(ScalarType.Float32).cpu();
    }

    // Over real tokens: what padding gives is not defined.
    private static double Difference(Tensor expected, Tensor given, PromptBatch batch)
    {
        long places = expected.shape[1];
        Tensor apart = (expected - given).abs().amax([-1]);                                    // [P, places]
        Tensor real = tensor(batch.Lengths).unsqueeze(1).gt(arange(places - 1, -1, -1).unsqueeze(0));
        return apart.masked_select(real).max().item<float>();
    }

    private static (int Tokens, int Same) Greedy(VlmCheckpoint engine, OnnxCheckpoint graphs, Prompt[] own, Prompt[] exported)
    {
        int room = engine.Model.Context - own.Max(prompt => prompt.Tokens.Length);
        if (room < 1)
            return (0, 0);
        var sampling = new Sampling { Greedy = true, MaxNewTokens = Math.Min(NewTokens, room) };
        Rollout[] expected = engine.Unrestricted().Sample(own, 1, sampling, default);
        Rollout[] given = graphs.Unrestricted().Sample(exported, 1, sampling, default);
        return (expected.Sum(rollout => rollout.Tokens.Length), expected.Zip(given).Sum(pair =>
            pair.First.Tokens.Zip(pair.Second.Tokens).TakeWhile(token => token.First == token.Second).Count()));
    }

    private static RgbImage Picture(int width, int height) => new(width, height,
        [.. Enumerable.Range(0, 3 * width * height).Select(i => (byte)(i * 31 / 3 % 256))]);
}
