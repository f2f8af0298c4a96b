using System.Text;
using System.Text.Json.Nodes;
using Vlm.Checkpoints;
using Vlm.Models;

namespace Vlm.Rewards.Learned;

/// <summary>A trained encoder as a folder of the hub's form: weights, settings, tokenizer, and the two towers as ONNX graphs.</summary>
public static class ClipFolder
{
    private const string Tokenizer = "tokenizer.json";

    /// <summary>How images are prepared for a model of these sizes: as a square, by CLIP's steps.</summary>
    /// <param name="config">Sizes.</param>
    public static EncoderImageOptions ImageOptions(ClipConfig config) => new()
    {
        Shortest = config.ImageSize,
        Width = config.ImageSize,
        Height = config.ImageSize,
        Mean = [0.5f, 0.5f, 0.5f],
        Std = [0.5f, 0.5f, 0.5f],
    };

    /// <summary>Writes the files, which <see cref="ImageTextEncoder.Load"/> and <see cref="ClipModel.Load"/> read.</summary>
    /// <param name="folder">An existing folder, which the caller makes whole or absent.</param>
    /// <param name="model">What was trained.</param>
    /// <param name="tokenizerJson">The text of its tokenizer.json, from <see cref="ClipTokens.Learn"/>.</param>
    public static void Write(string folder, ClipModel model, string tokenizerJson)
    {
        ProcessorConfig.Write(folder, ProcessorConfig.ImageFile, ImageOptions(model.Config).ToJson());
        HubFolder.WriteJson(Path.Combine(folder, "tokenizer_config.json"), TokenizerConfig(model.Config));
        HubFolder.Write(folder, model.Config.ToJson(),
            new Dictionary<string, byte[]> { [Tokenizer] = Encoding.UTF8.GetBytes(tokenizerJson + "\n") },
            model.Trainable.Select(item => (item.Name, (TorchSharp.torch.Tensor)item.Value)));
        string graphs = Path.Combine(folder, EncoderGraph.Folder);
        Directory.CreateDirectory(graphs);
        ClipGraphs.Vision(model).Save(Path.Combine(graphs, EncoderGraph.Vision + ".onnx"));
        ClipGraphs.Text(model).Save(Path.Combine(graphs, EncoderGraph.Text + ".onnx"));
    }

    private static JsonObject TokenizerConfig(ClipConfig config) => new()
    {
        ["tokenizer_class"] = "CLIPTokenizer",
        ["bos_token"] = ClipTokens.Start,
        ["eos_token"] = ClipTokens.End,
        ["pad_token"] = ClipTokens.End,
        ["unk_token"] = ClipTokens.End,
        ["do_lower_case"] = true,
        ["model_max_length"] = config.MaxPositions,
    };
}
