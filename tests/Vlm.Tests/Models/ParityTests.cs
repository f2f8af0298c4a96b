using TorchSharp;
using Vlm.Models;
using Vlm.Parity;
using Vlm.Testing;

namespace Vlm.Tests.Models;

/// <summary>
/// Every family against what transformers 5.12.1 computed for the same weights (tests/fixtures/README.md): the bits nearly, in float32, and in bfloat16 the values.
/// </summary>
public class ParityTests
{
    // Folder, file, and how many values are recorded in it.
    public static TheoryData<string, string, int> Cases()
    {
        var cases = new TheoryData<string, string, int>();
        Add("tiny_smolvlm", single: 9, batch: 6, text: 7, train: 70);
        Add("tiny_idefics3_sharded", single: 9, batch: 6, text: 7, train: 70);
        Add("tiny_qwen2_vl", single: 11, batch: 8, text: 7, train: 84);
        Add("tiny_qwen2_5_vl", single: 13, batch: 10, text: 7, train: 94);
        Add("tiny_qwen3_vl", single: 13, batch: 10, text: 7, train: 107);
        return cases;

        void Add(string folder, int single, int batch, int text, int train)
        {
            cases.Add(folder, "case_a_single", single);
            cases.Add(folder, "case_b_batch_leftpad", batch);
            cases.Add(folder, "case_c_text_only", text);
            cases.Add($"{folder}_grads", "train", train);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Everything_recorded_is_computed_alike(string folder, string name, int recorded) =>
        Compare(folder, name, recorded, torch.ScalarType.Float32);

    [Theory]
    [MemberData(nameof(Cases))]
    public void In_bfloat16_everything_recorded_is_computed_nearly_alike(string folder, string name, int recorded) =>
        Compare(folder, name, recorded, torch.ScalarType.BFloat16);

    private static void Compare(string folder, string name, int recorded, torch.ScalarType type)
    {
        string model = folder.Replace("_grads", "", StringComparison.Ordinal);
        var checkpoint = VlmCheckpoint.Load(Fixtures.PathOf(model), torch.CPU, type);
        using var recording = ParityCase.Open(Fixtures.PathOf(folder, $"{name}.safetensors"));

        IReadOnlyList<Difference> differences = ParityCheck.Run(checkpoint.Model, recording, endTokens: []);

        Assert.All(differences, difference => Assert.True(difference.Passes, difference.ToString()));
        Assert.Equal(recorded, differences.Count);
        checkpoint.Model.Dispose();
    }
}
