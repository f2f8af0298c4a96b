using System.Text;
using Vlm.Checkpoints;
using Vlm.Testing;
using Vlm.Text;

namespace Vlm.Tests.Checkpoints;

/// <summary>Folders with something else where a file of the model belongs: what lies there is named, and the cure.</summary>
public sealed class NotTheFileTests : IDisposable
{
    private const string Weights = "model.safetensors";

    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-not-").FullName;

    public NotTheFileTests()
    {
        foreach (string name in (string[])["config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json", Weights])
            File.Copy(Fixtures.PathOf("tiny_qwen2_5_vl", name), PathOf(name));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Weights, "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 1\n", "a Git LFS pointer", "git lfs pull")]
    [InlineData(Weights, "<!DOCTYPE html><html>404</html>", "a web page", "resolve/main")]
    [InlineData(Weights, "PK\u0003\u0004 archive/data.pkl and more", "a zip archive, as torch.save writes it", "save_pretrained")]
    [InlineData(Weights, "GGUF\u0003\0\0\0 and more of it", "a GGUF file, which is quantized", "the folder that it was made from")]
    [InlineData("config.json", "version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer", "git lfs pull")]
    [InlineData("tokenizer.json", "version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer", "git lfs pull")]
    [InlineData("tokenizer_config.json", "<html><body>", "a web page", "resolve/main")]
    public void Another_content_is_named(string name, string content, string what, string fix)
    {
        File.WriteAllBytes(PathOf(name), Encoding.Latin1.GetBytes(content));

        var error = Assert.Throws<UsageException>(Load);

        Assert.StartsWith($"{name} is {what}", error.Message, StringComparison.Ordinal);
        Assert.Equal(PathOf(name), error.Where);
        Assert.Contains(fix, error.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("adapter_model.safetensors", "the folder holds an adapter, and no model", "the folder of its base model")]
    [InlineData("consolidated.00.pth", ", only consolidated.00.pth, which can run code", "save_pretrained")]
    public void A_folder_without_the_models_weights_says_what_it_has(string beside, string problem, string fix)
    {
        File.Move(PathOf(Weights), PathOf(beside));

        var error = Assert.Throws<UsageException>(Load);

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains(fix, error.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("models--a--b/snapshots/0123")]
    [InlineData("run/model")]
    public void The_folder_around_a_model_names_the_one_in_it(string inner)
    {
        string inside = PathOf(inner), outer = PathOf(inner.Split('/')[0]);
        Directory.CreateDirectory(inside);
        File.Copy(PathOf("config.json"), Path.Combine(inside, "config.json"));

        var error = Assert.Throws<UsageException>(() => HubFolder.Open(outer));

        Assert.Equal(("the model folder has no config.json; one below it has", outer, inside), (error.Message, error.Where, error.Fix));
    }

    [Fact]
    public void A_link_to_nothing_is_named()
    {
        File.Delete(PathOf("config.json"));
        File.CreateSymbolicLink(PathOf("config.json"), "../blobs/0123");

        Assert.Equal(
            "config.json is a link to ../blobs/0123, which is not there",
            Assert.Throws<UsageException>(() => HubFile.ReadBytes(PathOf("config.json"))).Message);
    }

    private void Load()
    {
        HubFolder.Open(_folder).Dispose();
        Tokenizer.FromFolder(_folder);
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
