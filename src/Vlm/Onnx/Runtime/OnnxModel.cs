using Microsoft.ML.OnnxRuntime;
using Vlm.Models.QwenVl;
using static TorchSharp.torch;

namespace Vlm.Onnx.Runtime;

/// <summary>The three graphs of an exported model, as transformers.js or onnxruntime-genai lays them out, and what they do not say.</summary>
/// <param name="Tower">vision_encoder: pixels to vectors.</param>
/// <param name="Embedding">embed_tokens: ids to vectors.</param>
/// <param name="Decoder">decoder_model_merged: vectors and caches to logits and caches.</param>
/// <param name="Facts">Of the family.</param>
internal sealed record OnnxModel(OnnxSession Tower, OnnxSession Embedding, OnnxSession Decoder, OnnxModelInfo Facts) : IDisposable
{
    /// <summary>The files, in the order of the parameters, without what stands for their type.</summary>
    public static IReadOnlyList<string> Files { get; } = ["vision_encoder", "embed_tokens", "decoder_model_merged"];

    private const string Features = "image_features";

    private static readonly string[] s_genai = ["vision.onnx", "embedding.onnx", "model.onnx"];

    private bool PlacesFeatures => Embedding.Inputs.Any(input => input.Name == Features);

    /// <summary>Whether a folder is laid out for onnxruntime-genai.</summary>
    public static bool IsGenai(string folder) => File.Exists(Path.Combine(folder, "genai_config.json"));

    /// <summary>Rows of the output layer.</summary>
    public int VocabSize => (int)(Output("logits").Shape[^1].Size ?? throw Odd("the number of logits is free"));

    /// <summary>How many codes the decoder acts through; null where it gives the model's own logits.</summary>
    public int? Codes => (int?)Decoder.Outputs.FirstOrDefault(output => output.Name == OnnxCodeTensors.Logits)?.Shape[^1].Size;

    /// <summary>Loads the graphs.</summary>
    /// <param name="folder">The folder that holds <c>onnx/</c>, or for onnxruntime-genai the graphs themselves.</param>
    /// <param name="suffix">What stands for their type in the files' names, such as <c>_fp16</c>; empty for float32.</param>
    /// <param name="facts">Of the family.</param>
    /// <param name="options">How they run.</param>
    /// <exception cref="UsageException">A graph is missing or refused, or is not laid out so.</exception>
    public static OnnxModel Load(string folder, string suffix, OnnxModelInfo facts, OnnxOptions options)
    {
        var loaded = new List<OnnxSession>();
        try
        {
            foreach (string file in IsGenai(folder) ? s_genai : Files.Select(file => $"onnx/{file}{suffix}.onnx"))
                loaded.Add(OnnxSession.Load(Path.Combine(folder, file), options));
            var model = new OnnxModel(loaded[0], loaded[1], loaded[2], facts);
            model.CheckLayout();
            return model;
        }
        catch
        {
            loaded.ForEach(session => session.Dispose());
            throw;
        }
    }

    /// <summary>The vectors of tokens.</summary>
    /// <param name="ids">[N, T]</param>
    /// <returns>[N, T, D]</returns>
    public Tensor Embed(Tensor ids)
    {
        if (!PlacesFeatures)
            return Embed(ids, null);
        OnnxValueInfo input = Embedding.Inputs.Single(input => input.Name == Features);
        using OrtValue none = OnnxTensors.Empty(input.Element, 0, input.Shape[1].Size!.Value);
        return Embed(ids, none);
    }

    private Tensor Embed(Tensor ids, OrtValue? features)
    {
        using OrtValue given = OnnxTensors.From(ids);
        var inputs = new Dictionary<string, OrtValue> { ["input_ids"] = given };
        if (features is not null)
            inputs[Features] = features;
        using OnnxValues values = Embedding.Run(inputs);
        return values["inputs_embeds"].ToTorch();
    }

    /// <summary>The vectors of prompts, with those of their images in place.</summary>
    /// <returns>[P, L, D]</returns>
    /// <exception cref="UsageException">There are more or fewer places than vectors.</exception>
    public Tensor Embed(PromptBatch batch)
    {
        Tensor ids = tensor(batch.Tokens).view(batch.Lengths.Length, -1);
        if (OnnxPixelInputs.Of(batch, Tower) is not { } pixels)
            return Embed(ids);

        using OnnxPixelInputs bound = pixels;
        using OnnxValues values = Tower.Run(bound.Inputs);
        if (PlacesFeatures)
            return Embed(ids, values[Features]);

        Tensor embedded = Embed(ids);
        Tensor features = values[Features].ToTorch();
        features = features.reshape(-1, features.shape[^1]);
        long[] places = [.. batch.Tokens.Index().Where(t => t.Item == Facts.ImageToken).Select(t => (long)t.Index)];
        if (places.Length != features.shape[0])
            throw new UsageException(
                $"the prompts have {places.Length} places for image vectors, and the graph gives {features.shape[0]}",
                Tower.Path, "an export of the model whose processor files are in the folder");
        return embedded.view(-1, embedded.shape[^1]).index_copy(0, tensor(places), features).view(embedded.shape);
    }

    /// <summary>The positions of prompts, on as many axes as the family has, and those that follow.</summary>
    public (Tensor Positions, int[] Next) Positions(PromptBatch batch)
    {
        int prompts = batch.Lengths.Length;
        if (Facts.MRopeMergeSize is not { } merge)
            return (tensor(batch.Positions).view(prompts, -1), batch.Lengths);

        var positions = MRopePositions.Of(batch, Facts.ImageToken, merge);
        return (positions.Tensor(prompts, CPU), positions.Next);
    }

    /// <summary>Positions of text on as many axes as the family has.</summary>
    /// <param name="positions">[N, T]</param>
    public Tensor OnAxes(Tensor positions) => Facts.MRopeMergeSize is null ? positions : positions.unsqueeze(0).expand(3, -1, -1);

    /// <summary>Reads prompts, and keeps nothing.</summary>
    /// <param name="batch">P prompts.</param>
    /// <param name="places">Of how many last tokens.</param>
    /// <returns>[P, places, V], float32.</returns>
    public Tensor Logits(PromptBatch batch, int places) => Read(batch, places, OnnxCodeTensors.MostProbable).Logits;

    /// <summary>The same, with codes.</summary>
    /// <param name="batch">P prompts.</param>
    /// <param name="places">Of how many last tokens.</param>
    /// <param name="choice">How codes are chosen.</param>
    public OnnxOutput Read(PromptBatch batch, int places, IReadOnlyDictionary<string, Tensor> choice)
    {
        int prompts = batch.Lengths.Length;
        Tensor real = tensor(batch.Lengths).unsqueeze(1).gt(arange(batch.Length - 1, -1, -1).unsqueeze(0));
        using var caches = new OnnxKvCache(Decoder, prompts, stays: false);
        return caches.Read(Embed(batch), real.to(ScalarType.Int64), Positions(batch).Positions, choice, places);
    }

    public void Dispose()
    {
        Tower.Dispose();
        Embedding.Dispose();
        Decoder.Dispose();
    }

    private void CheckLayout()
    {
        string[] need = ["inputs_embeds", "attention_mask", "position_ids", "past_key_values.0.key"];
        if (need.Except(Decoder.Inputs.Select(input => input.Name)).FirstOrDefault() is { } missing)
            throw Odd($"the decoder takes no {missing}");
        if (Decoder.Inputs.Where(OnnxKvCache.IsCache).FirstOrDefault(cache => cache.Shape is not [_, { Size: { } }, _, { Size: { } }])
            is { } free)
            throw Odd($"{free.Name} is {free.Type}; heads and width must be numbers");
        _ = VocabSize;
    }

    private OnnxValueInfo Output(string name) =>
        Decoder.Outputs.FirstOrDefault(output => output.Name == name) ?? throw Odd($"the decoder gives no {name}");

    private UsageException Odd(string problem) =>
        new($"the graphs are not laid out as transformers.js takes them: {problem}", Decoder.Path, "./vlm export");
}

/// <summary>What the graphs of a family do not say.</summary>
/// <param name="ImageToken">The placeholder.</param>
/// <param name="MaxPositions">Most tokens of a prompt and its completion.</param>
/// <param name="MRopeMergeSize">Patches along a side that become one token, where positions have three axes; null where one.</param>
internal sealed record OnnxModelInfo(int ImageToken, int MaxPositions, int? MRopeMergeSize);
