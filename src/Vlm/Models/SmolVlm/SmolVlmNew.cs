using System.Text.Json.Nodes;
using Vlm.Checkpoints;

namespace Vlm.Models.SmolVlm;

/// <summary>Makes a model of this family that never was trained: sizes, a vocabulary of its own, random weights.</summary>
public static class SmolVlmNew
{
    /// <summary>Sizes that prove in seconds that a run works, and can learn nothing: one layer each, images of 64 x 64.</summary>
    public static SmolVlmConfig Smallest { get; } = new()
    {
        Text = new SmolVlmTextConfig
        {
            HiddenSize = 64,
            Layers = 1,
            Heads = 2,
            KvHeads = 1,
            HeadDim = 32,
            IntermediateSize = 128,
            VocabSize = 512,
            MaxPositions = 256,
            Epsilon = 1e-5,
        },
        Vision = new SmolVlmVisionConfig { HiddenSize = 32, Layers = 1, Heads = 1, IntermediateSize = 64, ImageSize = 64, PatchSize = 8 },
        ScaleFactor = 2,
        ImageToken = 0,
    };

    /// <summary>Writes a complete folder, which <see cref="VlmCheckpoint.Load"/> reads.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="config">Sizes. The vocabulary's size is the most it may become; the image token is set here.</param>
    /// <param name="texts">What the vocabulary is learned from.</param>
    /// <param name="seed">Names the random weights.</param>
    public static void Write(string folder, SmolVlmConfig config, IEnumerable<string> texts, long seed) =>
        Write(folder, config, SmolVlmTokens.Learn(texts, config.Text.VocabSize), seed);

    /// <summary>The same with a vocabulary of its own.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="config">Sizes. The vocabulary's size and the image token are set here.</param>
    /// <param name="tokenizerJson">The text of a tokenizer.json, as <see cref="SmolVlmTokens"/> makes it.</param>
    /// <param name="seed">Names the random weights.</param>
    public static void Write(string folder, SmolVlmConfig config, string tokenizerJson, long seed)
    {
        if (config.Text.RopeScaling is not null)
            throw new ArgumentException("a new model has no positions to stretch", nameof(config));
        SmolVlmTokens.Write(folder, tokenizerJson, config.Text.MaxPositions);
        Text.Tokenizer tokenizer = Text.Tokenizer.FromFolder(folder);
        SmolVlmConfig final = config with
        {
            ImageToken = tokenizer.IdOf(SmolVlmTokens.Image)!.Value,
            Text = config.Text with { VocabSize = tokenizer.VocabularySize },
        };
        WriteSettings(folder, final, tokenizer.IdOf(SmolVlmTokens.EndOfUtterance)!.Value);

        using var model = new SmolVlmModel(final);
        SmolVlmInit.Fill(model, seed);
        HubFolder.Write(folder, Json(final), new Dictionary<string, byte[]>(),
            model.Parameters.Select(item => (item.Name, (TorchSharp.torch.Tensor)item.Value)));
    }

    /// <summary>Writes how images are prepared: as one frame of the tower's own size, for small models get no tiles.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="config">Whose images.</param>
    public static void WriteProcessor(string folder, SmolVlmConfig config)
    {
        int side = config.Vision.ImageSize;
        SmolVlmProcessorFiles.Write(
            folder, new SmolVlmImageOptions { LongestEdge = side, FrameEdge = side, Split = false }, config.TokensPerFrame);
    }

    private static void WriteSettings(string folder, SmolVlmConfig config, int end)
    {
        var generation = new JsonObject { ["eos_token_id"] = end, ["pad_token_id"] = 2 };
        File.WriteAllText(Path.Combine(folder, "generation_config.json"), generation.ToJsonString());
        WriteProcessor(folder, config);
    }

    /// <summary>config.json, every field explicit.</summary>
    public static JsonObject Json(SmolVlmConfig config) => new()
    {
        ["architectures"] = new JsonArray("SmolVLMForConditionalGeneration"),
        ["model_type"] = "smolvlm",
        ["image_token_id"] = config.ImageToken,
        ["pad_token_id"] = 2,
        ["scale_factor"] = config.ScaleFactor,
        ["tie_word_embeddings"] = config.TiedHead,
        ["torch_dtype"] = "float32",
        ["vocab_size"] = config.Text.VocabSize,
        ["text_config"] = new JsonObject
        {
            ["model_type"] = "llama",
            ["vocab_size"] = config.Text.VocabSize,
            ["hidden_size"] = config.Text.HiddenSize,
            ["intermediate_size"] = config.Text.IntermediateSize,
            ["num_hidden_layers"] = config.Text.Layers,
            ["num_attention_heads"] = config.Text.Heads,
            ["num_key_value_heads"] = config.Text.KvHeads,
            ["head_dim"] = config.Text.HeadDim,
            ["max_position_embeddings"] = config.Text.MaxPositions,
            ["rms_norm_eps"] = config.Text.Epsilon,
            ["rope_theta"] = config.Text.RopeTheta,
            ["tie_word_embeddings"] = config.TiedHead,
            ["pad_token_id"] = 2,
        },
        ["vision_config"] = new JsonObject
        {
            ["model_type"] = "smolvlm_vision",
            ["hidden_size"] = config.Vision.HiddenSize,
            ["intermediate_size"] = config.Vision.IntermediateSize,
            ["num_hidden_layers"] = config.Vision.Layers,
            ["num_attention_heads"] = config.Vision.Heads,
            ["image_size"] = config.Vision.ImageSize,
            ["patch_size"] = config.Vision.PatchSize,
            ["layer_norm_eps"] = config.Vision.Epsilon,
            ["max_image_size"] = new JsonObject { ["longest_edge"] = config.Vision.ImageSize },
            ["size"] = new JsonObject { ["longest_edge"] = config.Vision.ImageSize },
        },
    };
}
