using System.Text.Json.Nodes;
using TorchSharp;
using Vlm.Onnx.Graph;
using Vlm.Rewards.Learned;
using Vlm.Text;

namespace Learned.Tests.Encoders;

/// <summary>Small encoders of random weights, in folders of the hub's form.</summary>
internal sealed class EncoderFolders : IDisposable
{
    private static readonly string s_vocabulary = ClipTokens.Learn(
        ["a small red circle and a large blue square.", "a large red square and a small blue circle."], 540);

    /// <summary>Where they are.</summary>
    internal string Root { get; } = Directory.CreateTempSubdirectory("vlm-encoders-").FullName;

    public void Dispose() => Directory.Delete(Root, recursive: true);

    internal static Tokenizer Tokenizer { get; } = Tokenizer.Parse(s_vocabulary, null, "tokenizer.json");

    internal static ClipConfig Config { get; } = new()
    {
        Vision = new(32, 2, 2, 48),
        Text = new(24, 2, 3, 40),
        ImageSize = 16,
        PatchSize = 4,
        ProjectionDim = 12,
        VocabSize = Tokenizer.VocabularySize,
        MaxPositions = 20,
        BosId = Tokenizer.IdOf(ClipTokens.Start)!.Value,
        EosId = Tokenizer.IdOf(ClipTokens.End)!.Value,
    };

    /// <summary>A folder with a new model.</summary>
    internal string New(string name, ClipConfig? config = null)
    {
        using ClipModel model = ClipModel.New(config ?? Config, seed: 5, torch.CPU);
        return New(name, model);
    }

    internal string New(string name, ClipModel model)
    {
        string folder = Path.Combine(Root, name);
        Directory.CreateDirectory(folder);
        ClipFolder.Write(folder, model, s_vocabulary);
        return folder;
    }

    /// <summary>Changes a JSON file of a folder.</summary>
    internal static void Change(string folder, string file, Action<JsonObject> change)
    {
        string path = Path.Combine(folder, file);
        JsonObject json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }

    /// <summary>Puts another graph in the place of a tower.</summary>
    internal static void Graph(string folder, string tower, Action<OnnxGraph> fill)
    {
        var graph = new OnnxGraph(tower);
        fill(graph);
        graph.Save(Path.Combine(folder, "onnx", tower + ".onnx"));
    }
}
