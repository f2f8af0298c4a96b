using Vlm.Tables;

namespace Vlm.Datasets;

/// <summary>Examples in Parquet files, in the image layout of Hugging Face datasets.</summary>
/// <remarks>
/// <code>
/// id           text    required
/// kind         text    "vqa" where the column is absent
/// image        struct(bytes, path), a path from the folder of the file where it has no bytes; or images: a list of them;
///              or neither, for text alone
/// messages     list of struct(role, content), content a text with &lt;image&gt; marks or a list of struct(type, text);
///              or question: a text, asked after the images
/// answer       text    required; the reference completion
/// answer_type  a name of <see cref="Vlm.Rewards.TruthKind.Table"/>: "word" (also where the column is absent), "number",
///              "choice", "region", "text", "caption", "boxes", "math", "json_schema"
/// truth        text    what is right, where it is not the answer itself: the word, the number, the letter
/// choices      list of texts, for "choice"
/// box, frame   x1 y1 x2 y2 and what they mean: "OriginalPixels", "ResizedPixels", "Unit" or "Thousand"
/// frame_size   width and height of the frame; needed for "ResizedPixels" alone
/// reward       names of <see cref="Vlm.Rewards.Reward.Table"/> with weights, "0.5 acc@0.5 + 0.5 iou"; where the column is
///              absent, those of the answer_type
/// metric       the name of the reward that says whether an answer is right; where it is absent, that of the answer_type
/// </code>
/// </remarks>
public static class ParquetExamples
{
    /// <summary>
    /// The examples of a file in order, read in chunks as they are asked for; each is checked. A file of another layout is read as
    /// <see cref="Dataset.Open(string, DatasetOptions, CancellationToken)"/> reads it.
    /// </summary>
    /// <exception cref="UsageException">
    /// The file is missing or of a kind that is not read (thrown at once), or a row is wrong: a box outside its image.
    /// </exception>
    public static IEnumerable<Example> Read(string path)
    {
        FileKinds.Of(path);
        return new FileReader(new DatasetOptions(), default).Read(path).Select(read => read.Example);
    }

    /// <summary>Writes examples so that <see cref="Read"/> gives back the same; the file is whole or absent.</summary>
    public static void Write(string path, IReadOnlyList<Example> examples)
    {
        ParquetFile.Write(path, ExampleRow.Columns(examples), ExampleRow.Values(examples));
    }
}
