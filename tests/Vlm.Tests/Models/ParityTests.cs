using TorchSharp;
using Vlm.Checkpoints;
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

    // transformers 4.52 moved the parts under "model": recordings of either side of that are compared.
    [Theory]
    [InlineData("tiny_qwen2_vl", 84)]
    [InlineData("tiny_qwen2_5_vl", 94)]
    [InlineData("tiny_qwen3_vl", 107)]
    public void Gradients_under_the_other_generations_names_are_compared(string folder, int recorded)
    {
        using var scope = torch.NewDisposeScope();
        string file = Path.GetTempFileName();
        var checkpoint = VlmCheckpoint.Load(Fixtures.PathOf(folder), torch.CPU);
        using (var own = SafetensorsFile.Open(Fixtures.PathOf($"{folder}_grads", "train.safetensors")))
            SafetensorsWriter.Write(file, own.Entries.Keys.Select(name => (Other(name), own.Load(name, torch.CPU))));
        using var recording = ParityCase.Open(file);

        IReadOnlyList<Difference> differences = ParityCheck.Run(checkpoint.Model, recording, endTokens: [], checkpoint.Canonical);

        Assert.Contains(recording.Recorded, name => name == Other("grad.visual.patch_embed.proj.weight")
            || name == Other("grad.model.visual.patch_embed.proj.weight"));
        Assert.All(differences, difference => Assert.True(difference.Passes, difference.ToString()));
        Assert.Equal(recorded, differences.Count);
        checkpoint.Model.Dispose();
        File.Delete(file);

        static string Other(string name) => name switch
        {
            _ when name.StartsWith("grad.visual.", StringComparison.Ordinal) => "grad.model." + name["grad.".Length..],
            _ when name.StartsWith("grad.model.visual.", StringComparison.Ordinal) => "grad." + name["grad.model.".Length..],
            _ when name.StartsWith("grad.model.language_model.", StringComparison.Ordinal) =>
                "grad.model." + name["grad.model.language_model.".Length..],
            _ when name.StartsWith("grad.model.", StringComparison.Ordinal) => "grad.model.language_model." + name["grad.model.".Length..],
            _ => name,
        };
    }

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
