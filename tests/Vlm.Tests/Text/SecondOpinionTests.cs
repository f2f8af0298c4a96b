using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CsCheck;
using Vlm.Testing;
using Vlm.Text;
using Reference = Tokenizers.DotNet.Tokenizer;

namespace Vlm.Tests.Text;

/// <summary>
/// Random texts through Hugging Face's own library (tokenizers 0.22.2, which Tokenizers.DotNet 1.4.1 wraps).
/// </summary>
public class SecondOpinionTests
{
    private static readonly string[] s_special =
        ["<|im_start|>", "<|im_end|>", "<image>", "<|image_pad|>", "<tool_call>", "<row_1_col_2>", "<|endoftext|>"];

    [ReferenceTheory]
    [InlineData("tiny_smol")]
    [InlineData("tiny_qwen")]
    public void Random_texts_have_the_ids_and_the_text_of_the_reference(string name) => AssertAgrees(
        Fixtures.PathOf("tokenizers", $"{name}_tokenizer.json"), texts: 3000);

    [PublishedReferenceTheory]
    [InlineData("qwen2_5")]
    [InlineData("gpt2")]
    [InlineData("gpt2_smolvlm_pipeline")]
    public void Random_texts_in_published_vocabularies_have_the_ids_of_the_reference(string name)
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("vlm-tokenizer-").FullName, "tokenizer.json");
        File.WriteAllText(file, PublishedTokenizers.Json(name));

        AssertAgrees(file, texts: 3000);

        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    // Every token has each flag or not, and the texts hold them close together, with white space and letters around.
    [ReferenceTheory]
    [InlineData("tiny_smol")]
    [InlineData("tiny_qwen")]
    public void Added_tokens_of_every_kind_are_found_where_the_reference_finds_them(string name)
    {
        string path = Fixtures.PathOf("tokenizers", $"{name}_tokenizer.json");
        string folder = Directory.CreateTempSubdirectory("vlm-tokenizer-").FullName;

        AddedTokenSets.Any.Sample(
            tokens =>
            {
                string file = Path.Combine(folder, "tokenizer.json");
                File.WriteAllText(file, AddedTokenSets.In(File.ReadAllText(path), tokens));
                AssertFound(file);
            },
            iter: 200, threads: 1, print: tokens => string.Join("\n", tokens.AsEnumerable()));

        Directory.Delete(folder, recursive: true);
    }

    [ReferenceTheory]
    [InlineData("tiny_smol")]
    [InlineData("tiny_qwen")]
    public void Every_way_from_text_to_ids_is_the_way_of_the_reference(string name)
    {
        string path = Fixtures.PathOf("tokenizers", $"{name}_tokenizer.json");
        string folder = Directory.CreateTempSubdirectory("vlm-tokenizer-").FullName;

        PipelineSets.Any.Sample(
            changes =>
            {
                string file = Path.Combine(folder, "tokenizer.json");
                File.WriteAllText(file, PipelineSets.In(File.ReadAllText(path), changes));
                Ask(file, (reference, tokenizer) => RandomTexts.Known.Sample(
                    text => AssertSame(reference, tokenizer, text), iter: 50, threads: 1));
            },
            iter: 100, threads: 1);

        Directory.Delete(folder, recursive: true);
    }

    // One thread: a reference's handle is not said to be safe for more.
    private static void AssertAgrees(string file, int texts) => Ask(file, (reference, tokenizer) =>
    {
        RandomTexts.With(s_special).Sample(text => AssertSame(reference, tokenizer, text), iter: texts, threads: 1);
        Gen.Int[0, tokenizer.VocabularySize + 20].Array[0, 30].Sample(
            ids => Assert.Equal(
                reference.Decode([.. ids.Select(id => (uint)id)]), tokenizer.Decode(ids, skipSpecial: true)),
            iter: texts, threads: 1);
    });

    private static void AssertFound(string file) => Ask(file, (reference, tokenizer) =>
        AddedTokenSets.Texts.Sample(text => AssertSame(reference, tokenizer, text), iter: 50, threads: 1));

    private static void Ask(string file, Action<Reference, Tokenizer> ask)
    {
        using var reference = new Reference(file);
        ask(reference, Tokenizer.Parse(File.ReadAllText(file), configJson: null, file));
    }

    private static void AssertSame(Reference reference, Tokenizer tokenizer, string text)
    {
        uint[] expected = reference.Encode(RandomTexts.WellFormed(text));
        int[] ids = tokenizer.Encode(text);
        Assert.Equal(expected, ids.Select(id => (uint)id));
        Assert.Equal(reference.Decode(expected), tokenizer.Decode(ids, skipSpecial: true));
    }
}

/// <summary>A theory that asks the reference, whose package has native code for Linux on x64 alone.</summary>
internal class ReferenceTheoryAttribute : TheoryAttribute
{
    public ReferenceTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip = Missing;

    protected static string? Missing =>
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64
            ? null
            : "skipped: Tokenizers.DotNet.runtime.linux-x64 is for Linux on x64";
}

/// <summary>The same over published tokenizers.</summary>
internal sealed class PublishedReferenceTheoryAttribute : ReferenceTheoryAttribute
{
    public PublishedReferenceTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip = Missing ?? PublishedTokenizers.Missing;
}
