"""Records cases for ./vlm parity with transformers: tiny random models of every family, in other sizes than the fixtures,
heads tied and untied, images mixed with text in left-padded batches, frames that are partly padding.

    python3 make_recordings.py FIXTURES OUT [q2 q25 q3 smol]      then, for each folder of OUT: ./vlm parity --model OUT/NAME

FIXTURES is the folder with tiny_qwen2_vl and the others, whose tokenizers are taken. Made and passed with transformers 5.12.1,
torch 2.14.1, float32, eager attention, one thread.
"""
import os
import shutil
import sys

import torch
from safetensors.torch import save_file

torch.set_num_threads(1)
FX, OUT = sys.argv[1:3]
def finish(model, name, tok_from, cases, image_token, train_case):
    d=f'{OUT}/{name}'; os.makedirs(d, exist_ok=True)
    model.save_pretrained(d)
    for f in ('tokenizer.json','tokenizer_config.json','chat_template.json','preprocessor_config.json','processor_config.json','generation_config.json'):
        if os.path.exists(f'{FX}/{tok_from}/{f}'): shutil.copy(f'{FX}/{tok_from}/{f}', d)
    for cname, inp in cases.items():
        with torch.no_grad():
            o=model(**inp, output_hidden_states=True, use_cache=False)
            g=model.generate(**inp, do_sample=False, max_new_tokens=10, min_new_tokens=10, repetition_penalty=1.0, use_cache=True)
        t={f'in.{k}':v.contiguous() for k,v in inp.items()}
        t['out.logits']=o.logits.contiguous()
        for i,h in enumerate(o.hidden_states): t[f'out.hidden.{i}']=h.contiguous().clone()
        t['gen.ids']=g[:,inp['input_ids'].shape[1]:].contiguous()
        save_file(t, f'{d}/case_{cname}.safetensors')
    inp=dict(train_case)
    model.zero_grad(); 
    o=model(**inp, use_cache=False)
    lp=torch.log_softmax(o.logits.float(),-1)[:,:-1].gather(-1,inp['input_ids'][:,1:,None])[...,0]
    mask=torch.zeros_like(inp['input_ids']); mask[:,-8:]=1
    m=mask[:,1:].float(); loss=-(lp*m).sum()/m.sum(); loss.backward()
    t={f'in.{k}':v.contiguous() for k,v in inp.items()}
    t['in.loss_mask']=mask; t['out.token_logprob']=lp.detach().contiguous(); t['out.loss']=loss.detach().reshape(1)
    for n,p in model.named_parameters():
        n2=hub(n, model.config.model_type)
        if p.grad is not None: t[f'grad.{n2}']=p.grad.contiguous().clone()
    save_file(t, f'{d}/train.safetensors')
    print(name,'ok', sum(p.numel() for p in model.parameters()))
def hub(n,mt):
    if mt in('qwen2_vl','qwen2_5_vl'):
        n=n.replace('model.visual.','visual.').replace('model.language_model.','model.')
    return n
def randomize(model, seed):
    torch.manual_seed(seed)
    for n,p in model.named_parameters():
        with torch.no_grad():
            if p.dim()==1 and 'norm' in n and n.endswith('weight'): p.copy_(1+0.2*torch.randn_like(p))
            elif p.dim()==1: p.copy_(0.2*torch.randn_like(p))
            else: p.copy_(torch.randn_like(p)*(1.2/ (p[0].numel()**0.5)) if 'embed' not in n else torch.randn_like(p))
    model.eval(); return model
def qwen_inputs(rows, IMG, VS, VE, patch, merge, seed, values):
    # rows: list of lists of ('t',n) or ('i',h,w) grid in patches
    g=torch.Generator().manual_seed(seed)
    ids=[];grids=[];pix=[]
    for row in rows:
        r=[]
        for it in row:
            if it[0]=='t': r+=torch.randint(3,440,(it[1],),generator=g).tolist()
            else:
                r+=[VS]+[IMG]*(it[1]*it[2]//merge**2)+[VE]; grids.append([1,it[1],it[2]]); pix.append(torch.randn(it[1]*it[2],values,generator=g))
        ids.append(r)
    L=max(map(len,ids))
    a=torch.tensor([[0]*(L-len(r))+[1]*len(r) for r in ids]); t=torch.tensor([[450]*(L-len(r))+r for r in ids])
    d=dict(input_ids=t, attention_mask=a)
    if grids: d.update(pixel_values=torch.cat(pix), image_grid_thw=torch.tensor(grids))
    if grids: d['mm_token_type_ids']=(t==IMG).int()
    return d
from transformers import Qwen2VLConfig, Qwen2VLForConditionalGeneration, Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen3VLConfig, Qwen3VLForConditionalGeneration, SmolVLMConfig, SmolVLMForConditionalGeneration, Idefics3Config, Idefics3ForConditionalGeneration
ids=dict(image_token_id=462,video_token_id=463,vision_start_token_id=459,vision_end_token_id=460)
def cases(v,merge=2,patch=4):
    A=qwen_inputs([[('t',5),('i',6,10),('t',9)]],462,459,460,patch,merge,1,v)
    B=qwen_inputs([[('t',3),('i',4,4),('t',4),('i',14,6),('t',6)],[('t',12)],[('i',2,8),('t',5),('i',6,6),('i',4,10),('t',7)]],462,459,460,patch,merge,2,v)
    C=qwen_inputs([[('t',17)],[('t',9)]],462,459,460,patch,merge,3,v)
    T=qwen_inputs([[('t',4),('i',8,6),('t',15)]],462,459,460,patch,merge,4,v)
    return dict(a_single=A,b_mixed=B,c_text=C),T
which=sys.argv[3:]
def want(n): return not which or n in which
if want('q2'):
  for tied,seed in((True,11),(False,12)):
    c=Qwen2VLConfig(text_config=dict(vocab_size=512,hidden_size=96,intermediate_size=160,num_hidden_layers=2,num_attention_heads=6,num_key_value_heads=3,max_position_embeddings=600,rope_parameters=dict(rope_type='default',rope_theta=5e5,mrope_section=[4,2,2]),bos_token_id=450,eos_token_id=452,pad_token_id=450),
      vision_config=dict(depth=2,embed_dim=48,hidden_size=96,mlp_ratio=3,num_heads=3,in_channels=3,patch_size=4,spatial_merge_size=2,temporal_patch_size=2),tie_word_embeddings=tied,**ids)
    m=randomize(Qwen2VLForConditionalGeneration._from_config(c,attn_implementation='eager'),seed)
    ca,t=cases(96); finish(m,f'q2_{"tied" if tied else "untied"}','tiny_qwen2_vl',ca,462,t)
if want('q25'):
  for tied,seed in((False,21),(True,22)):
    c=Qwen2_5_VLConfig(text_config=dict(vocab_size=512,hidden_size=80,intermediate_size=112,num_hidden_layers=4,num_attention_heads=5,num_key_value_heads=1,max_position_embeddings=600,rope_parameters=dict(rope_type='default',rope_theta=1e6,mrope_section=[2,3,3]),bos_token_id=450,eos_token_id=452,pad_token_id=450),
      vision_config=dict(depth=5,hidden_size=64,intermediate_size=100,num_heads=4,in_channels=3,out_hidden_size=80,patch_size=4,spatial_merge_size=2,temporal_patch_size=2,window_size=24,fullatt_block_indexes=[0,3]),tie_word_embeddings=tied,**ids)
    m=randomize(Qwen2_5_VLForConditionalGeneration._from_config(c,attn_implementation='eager'),seed)
    ca,t=cases(96); finish(m,f'q25_{"tied" if tied else "untied"}','tiny_qwen2_5_vl',ca,462,t)
if want('q3'):
  for tied,seed in((True,31),(False,32)):
    c=Qwen3VLConfig(text_config=dict(vocab_size=512,hidden_size=72,intermediate_size=128,num_hidden_layers=4,num_attention_heads=4,num_key_value_heads=2,head_dim=24,max_position_embeddings=600,rope_parameters=dict(rope_type='default',rope_theta=5e6,mrope_section=[4,4,4],mrope_interleaved=True),bos_token_id=450,eos_token_id=452,pad_token_id=450,tie_word_embeddings=tied),
      vision_config=dict(depth=5,hidden_size=48,intermediate_size=72,num_heads=3,in_channels=3,out_hidden_size=72,patch_size=4,spatial_merge_size=2,temporal_patch_size=2,num_position_embeddings=49,deepstack_visual_indexes=[1,2,4]),tie_word_embeddings=tied,**ids)
    m=randomize(Qwen3VLForConditionalGeneration._from_config(c,attn_implementation='eager'),seed)
    ca,t=cases(96); finish(m,f'q3_{"tied" if tied else "untied"}','tiny_qwen3_vl',ca,462,t)
def smol_inputs(rows,IMG,size,per,seed,partial=False):
    g=torch.Generator().manual_seed(seed); ids=[];N=max(sum(1 for i in r if i[0]=='i') for r in rows)
    pv=torch.zeros(len(rows),max(N,1),3,size,size); pm=torch.zeros(len(rows),max(N,1),size,size,dtype=torch.long)
    for b,row in enumerate(rows):
        r=[];k=0
        for it in row:
            if it[0]=='t': r+=torch.randint(3,440,(it[1],),generator=g).tolist()
            else:
                r+=[477]+[IMG]*per+[477]; h=it[1] if partial else size; w=it[2] if partial else size
                pv[b,k,:,:h,:w]=torch.randn(3,h,w,generator=g); pm[b,k,:h,:w]=1; k+=1
        ids.append(r)
    L=max(map(len,ids)); a=torch.tensor([[0]*(L-len(r))+[1]*len(r) for r in ids]); t=torch.tensor([[2]*(L-len(r))+r for r in ids])
    d=dict(input_ids=t,attention_mask=a)
    if N: d.update(pixel_values=pv,pixel_attention_mask=pm)
    return d
if want('smol'):
  for kind,CC,MM,img,patch,sf,seed in(('smolvlm',SmolVLMConfig,SmolVLMForConditionalGeneration,48,4,3,41),('idefics3',Idefics3Config,Idefics3ForConditionalGeneration,40,5,2,42)):
    c=CC(text_config=dict(model_type='llama',vocab_size=512,hidden_size=64,intermediate_size=120,num_hidden_layers=2,num_attention_heads=4,num_key_value_heads=4,head_dim=16,max_position_embeddings=600,rms_norm_eps=1e-5,rope_parameters=dict(rope_type='default',rope_theta=273768.0),pad_token_id=2,bos_token_id=1,eos_token_id=2,tie_word_embeddings=False),
      vision_config=dict(hidden_size=48,intermediate_size=80,num_hidden_layers=3,num_attention_heads=3,image_size=img,patch_size=patch),scale_factor=sf,image_token_id=478,pad_token_id=2,tie_word_embeddings=False)
    c._attn_implementation='eager'
    m=randomize(MM._from_config(c,attn_implementation='eager'),seed)
    per=(img//patch)**2//sf**2
    ca=dict(a_single=smol_inputs([[('t',4),('i',),('t',8)]],478,img,per,1), b_mixed=smol_inputs([[('i',),('t',5),('i',),('t',3)],[('t',6)],[('t',2),('i',),('i',),('i',),('t',9)]],478,img,per,2), c_text=smol_inputs([[('t',14)],[('t',6)]],478,img,per,3),
      d_partial=smol_inputs([[('i',img-patch*2,img),('t',5),('i',img//2,img-patch),('t',3)]],478,img,per,5,True))
    finish(m,kind,'tiny_smolvlm' if kind=='smolvlm' else 'tiny_idefics3_sharded',ca,478,smol_inputs([[('t',4),('i',),('i',),('t',12)]],478,img,per,4))
