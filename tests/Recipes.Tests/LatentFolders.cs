using System.Text.Json.Nodes;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.LatentActions;
using Vlm.Models;
using Vlm.Models.SmolVlm;

namespace Recipes.Tests;

/// <summary>Folders with latent actions that need no learning: each code stands for one token, whatever the state is.</summary>
internal static class LatentFolders
{
    private const string Block = "world.blocks.0";
    private const float Loud = 10;

    /// <summary>Adds codes to a base: one for each token of "yes" and "no" and the end of both.</summary>
    /// <remarks>
    /// Read out by the last block, and the block looks at the code alone. The k-th code is the k-th unit vector, which opens
    /// the k-th inner unit, which writes what the output layer E takes for the k-th token t: (E' E)^-1 E[t], the nearest to
    /// a logit of 1 for t and 0 for all others, divided by the final norm's weights.
    /// </remarks>
    public static void Write(string path, string basePath)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        VlmCheckpoint vlm = VlmCheckpoint.Load(basePath, torch.CPU);
        int[] tokens = Tokens(vlm);
        LatentCheckpoint latent = LatentCheckpoint.New(vlm, new LatentConfig
        {
            Codes = tokens.Length,
            InverseLayers = 1,
            MergeBlocks = 1,
            PolicyLayers = 1,
            ReadOut = ReadOut.LastBlock,
        }, seed: 5);
        long width = vlm.Model.Sizes.Attention.HiddenSize;
        torch.Tensor rows = vlm.Model.Parameters.Single(item => item.Name == "lm_head.weight").Value;
        using (torch.no_grad())
        {
            torch.Tensor inverse = rows.t().matmul(rows).inverse(), norm = vlm.Model.Norm(torch.ones(width));
            (torch.Tensor gate, torch.Tensor up, torch.Tensor down, torch.Tensor codebook) =
                (Of($"{Block}.gate_proj"), Of($"{Block}.up_proj"), Of($"{Block}.down_proj"), Of("codebook"));
            foreach ((int k, int token) in tokens.Index())
            {
                gate[k, width + k].fill_(Loud);
                up[k, width + k].fill_(Loud);
                codebook[k, k].fill_(1);
                down.select(1, k).copy_(inverse.matmul(rows[token]) / norm);
            }
        }
        (latent with { Stages = LatentProgress.Order(TaskCodes.Inverse) }).Write(Directory.CreateDirectory(path).FullName);

        torch.Tensor Of(string name) =>
            latent.Modules.named_parameters().Single(item => item.name == $"{name}.weight").parameter.zero_();
    }

    /// <summary>What the codes stand for, in their order.</summary>
    public static int[] Tokens(VlmCheckpoint vlm) =>
        [.. vlm.Processor.Completion("yes").Concat(vlm.Processor.Completion("no")).Distinct()];

    /// <summary>Copies a folder's files.</summary>
    public static string Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        return to;
    }

    /// <summary>Changes latent_actions.json.</summary>
    public static void Change(string folder, Action<JsonObject> change)
    {
        string file = Path.Combine(folder, LatentCheckpoint.ConfigFile);
        JsonObject json = HubFolder.ReadJson(file);
        change(json);
        File.WriteAllText(file, json.ToJsonString());
    }

    /// <summary>Sets the stages that a folder has completed.</summary>
    public static void Stage(string folder, string stages) => Change(folder, json => json["stages"] =
        new JsonArray([.. stages.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => (JsonNode)word)]));

    /// <summary>Puts a base of another width, 96, under the latent actions.</summary>
    public static void Widen(string folder)
    {
        SmolVlmConfig smallest = SmolVlmNew.Smallest;
        SmolVlmNew.Write(folder, smallest with { Text = smallest.Text with { HiddenSize = 96 } }, ["is there a circle?"], 1);
    }
}
