using Vlm.Models.SmolVlm;
using Vlm.Parity;
using Vlm.Testing;

namespace Vlm.Tests.Models;

/// <summary>
/// Every family against what transformers 5.12.1 computed for the same weights (shared/fixtures/hf, README there), float32.
/// </summary>
public class ParityTests
{
    private static readonly string[] Folders = ["tiny_smolvlm", "tiny_idefics3_sharded"];

    // Folder, file, and how many values are recorded in it.
    public static TheoryData<string, string, int> Cases()
    {
        var cases = new TheoryData<string, string, int>();
        foreach (string folder in Folders)
        {
            cases.Add(folder, "case_a_single", 9);
            cases.Add(folder, "case_b_batch_leftpad", 6);
            cases.Add(folder, "case_c_text_only", 7);
            cases.Add($"{folder}_grads", "train", 70);
        }
        return cases;
    }

    [SharedTheory]
    [MemberData(nameof(Cases))]
    public void Everything_recorded_is_computed_alike(string folder, string name, int recorded)
    {
        string model = folder.Replace("_grads", "", StringComparison.Ordinal);
        var checkpoint = SmolVlmCheckpoint.Load(SharedFiles.PathOf("fixtures", "hf", model));
        using var recording = ParityCase.Open(SharedFiles.PathOf("fixtures", "hf", folder, $"{name}.safetensors"));

        IReadOnlyList<Difference> differences = ParityCheck.Run(checkpoint.Model, recording, endTokens: []);

        Assert.All(differences, difference => Assert.True(difference.Passes, difference.ToString()));
        Assert.Equal(recorded, differences.Count);
        checkpoint.Model.Dispose();
    }
}
