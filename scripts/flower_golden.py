# Golden objects of Flower: ids and bytes as the Python package makes them.
import json, sys, base64
import numpy as np
from flwr.app import Array, ArrayRecord, MetricRecord, ConfigRecord, RecordDict
try:
    from flwr.app.message.arraychunk import ArrayChunk
except Exception as e:
    print(e)
import flwr
out={'flwr': __import__('importlib.metadata').metadata.version('flwr'),'arrays':[], 'records':[]}
def of(o):
    return {'id':o.object_id,'bytes':base64.b64encode(o.deflate()).decode()}
cases=[('f4',np.arange(4,dtype='<f4')/3),('f8',np.linspace(-1,1,6).reshape(2,3)),('i8',np.array([-1,2**62],dtype='<i8')),('0d',np.array(2.5,dtype='<f4')),('empty',np.zeros((0,),dtype='<f4')),('zeros',np.zeros((3,2,2),dtype='<f4')),('u1',np.array([0,255],dtype='u1')),('bool',np.array([True,False])),('f2',np.array([1.5,-2],dtype='<f2')),('u8',np.array([2**63+1],dtype='<u8'))]
for name,a in cases:
    arr=Array(a)
    out['arrays'].append({'name':name,'dtype':str(a.dtype),'shape':list(a.shape),'npy':base64.b64encode(arr.data).decode(),'object':of(arr),'chunks':[of(c) for _,c in arr.slice_array()]})
f=np.asfortranarray(np.arange(6,dtype='<f4').reshape(2,3))
out['fortran']={'npy':base64.b64encode(Array(f).data).decode(),'values':f.ravel().tolist()}
ar=ArrayRecord({n:Array(a) for n,a in [('10',cases[0][1]),('2',cases[1][1]),('weight.é"\\\n',cases[5][1])]})
out['records'].append({'kind':'arrays','object':of(ar)})
mr=MetricRecord({'loss':0.25,'num-examples':10,'whole':2.0,'big':2**63+5,'neg':-7,'list':[1.0,2.5],'ints':[1,-2,3],'uints':[1,2**63]})
out['records'].append({'kind':'metrics','object':of(mr)})
cr=ConfigRecord({'server-round':1,'lr':0.1,'name':'é','blob':b'\x00\x01','flag':True,'flags':[True,False],'texts':['a','b'],'blobs':[b'a',b''],'floats':[0.0],'empty':[],'zero':0,'no':False})
out['records'].append({'kind':'config','object':of(cr)})
rd=RecordDict({'arrays':ar,'metrics':mr,'config':cr})
out['records'].append({'kind':'content','object':of(rd)})
json.dump(out,open(sys.argv[1],'w'),indent=1)
