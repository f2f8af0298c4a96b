using System.Globalization;
using System.Text;
using Google.Protobuf;
using Tensorboard;

namespace Vlm.Grpo;

/// <summary>What TensorBoard shows of a step: a number, a picture, a text.</summary>
internal static class EventValue
{
    private const int Rgb = 3;

    /// <summary>A point of a curve.</summary>
    public static Summary.Types.Value Scalar(string tag, double value) => new() { Tag = tag, SimpleValue = (float)value };

    /// <summary>A picture.</summary>
    public static Summary.Types.Value Image(string tag, TrackedPicture picture) => new()
    {
        Tag = tag,
        Image = new()
        {
            Width = picture.Width,
            Height = picture.Height,
            Colorspace = Rgb,
            EncodedImageString = ByteString.CopyFrom(picture.Png.Span),
        },
    };

    /// <summary>A text in Markdown. TensorBoard knows it by the name of its plugin.</summary>
    public static Summary.Types.Value Text(string tag, string markdown)
    {
        var tensor = new TensorProto { Dtype = DataType.DtString, TensorShape = new() };
        tensor.StringVal.Add(ByteString.CopyFromUtf8(markdown));
        return new()
        {
            Tag = tag,
            Tensor = tensor,
            Metadata = new() { PluginData = new() { PluginName = "text" } },
        };
    }

    /// <summary>A question with its answers.</summary>
    public static string Markdown(TrackedAnswers answers, TrackedQuestion question)
    {
        var text = new StringBuilder("| step | what | id | kind | question | truth |\n|---|---|---|---|---|---|\n");
        Row(text, [Number(answers.Step), answers.Moment, question.Id, question.Kind, question.Text, question.Truth ?? ""]);
        text.Append("\n| reward | advantage | answer | reason |\n|---|---|---|---|\n");
        foreach (TrackedAnswer one in question.Answers)
            Row(text, [Number(one.Reward), Number(one.Advantage), one.Text, one.Reason]);
        return text.ToString();
    }

    /// <summary>Names and values.</summary>
    public static string Markdown(IEnumerable<KeyValuePair<string, string>> options)
    {
        var text = new StringBuilder("| option | value |\n|---|---|\n");
        foreach ((string name, string value) in options)
            Row(text, [name, value]);
        return text.ToString();
    }

    private static void Row(StringBuilder text, string[] cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(Cell)).Append(" |\n");

    // A cell shows the letters of strangers as they are: what Markdown or HTML would take for their own is written as entities.
    private static string Cell(string text)
    {
        var cell = new StringBuilder(text.Length);
        foreach (char letter in TerminalText.Escape(text))
            _ = char.IsAsciiLetterOrDigit(letter) || letter is ' ' or '.' or ',' or ':' or ';' or '-' or '?' or '/' || letter > '~'
                ? cell.Append(letter) : cell.Append(CultureInfo.InvariantCulture, $"&#{(int)letter};");
        return cell.ToString();
    }

    private static string Number(double value) => double.IsNaN(value) ? "" : value.ToString("0.###", CultureInfo.InvariantCulture);
}
