using Vlm.Checkpoints;
using Vlm.Models;
using Vlm.Testing;
using static TorchSharp.torch;

namespace Vlm.Tests.Checkpoints;

public sealed class WeightChecksumTests
{
    [Fact]
    public void A_checksum_tells_one_bit_from_none()
    {
        VlmCheckpoint vlm = VlmCheckpoint.Load(Fixtures.PathOf("tiny_smolvlm"), CPU);
        string before = WeightChecksum.Of(vlm.Model.Weights());
        Assert.Equal(before, WeightChecksum.Of(vlm.Model.Weights().Reverse()));

        using (no_grad())
            vlm.Model.Weights()[7].Value.flatten()[0].add_(1e-7);

        Assert.NotEqual(before, WeightChecksum.Of(vlm.Model.Weights()));
        Assert.Matches("^[0-9a-f]{64}$", before);
    }

    // The fixture is stored in float32; in bfloat16 the same numbers are other bits.
    [Fact]
    public void Weights_in_memory_and_in_their_folder_have_one_checksum()
    {
        string path = Fixtures.PathOf("tiny_qwen3_vl");
        using HubFolder folder = HubFolder.Open(path);

        Assert.Equal(WeightChecksum.Of(folder), WeightChecksum.Of(VlmCheckpoint.Load(path, CPU).Model.Weights()));
        Assert.NotEqual(WeightChecksum.Of(folder),
            WeightChecksum.Of(VlmCheckpoint.Load(path, CPU, ScalarType.BFloat16).Model.Weights()));
    }
}
